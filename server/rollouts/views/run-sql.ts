import { badItemStates } from '../machine/states'

/** Parts of the statements that tell how far a rollout is; `$1` is the rollout. */

/** A list of states as SQL has it. */
const listed = (states: Iterable<string>) => [...states].map((state) => `'${state}'`).join(', ')
/** Failed for the limits (states.ts); void and cancelled end a host's run as well. */
const failedStates = listed(badItemStates)
const hookFailed = `(i.state IN ('converted', 'restored', 'already') AND i.cause = 'hook_failed')`
const isTrouble = `(i.state IN (${failedStates}, 'void', 'cancelled') OR ${hookFailed})`

/** Hosts in flight whose job nobody hears of. Few: it reads the index of what runs. */
export const unknownHosts = `unknown AS (
  SELECT i."hostId" FROM "RolloutItem" i JOIN "Job" j ON j.id = i."jobId"
  WHERE i."rolloutId" = $1 AND i.state = 'running' AND j.state = 'unknown')`

/** vocabulary.ts's HostOutcome of `r`, beside `unknown`. */
export const outcomeOfHost = `CASE
  WHEN r.state = 'running' AND r."hostId" IN (SELECT "hostId" FROM unknown) THEN 'unknown'
  WHEN r.state = 'succeeded' THEN 'converted' ELSE r.state::text END`

/**
 * Hosts that did not come out well, each with the cause it counts under: the host's own, else that of its first bad
 * device. `retryable` as commands.ts has it.
 */
export const troubledHosts = `troubled AS (
  SELECT r."hostId", r.wave, r.acknowledged, r.state::text AS "hostState", i.state, i.message, i.next, n.bad, n.failed,
    coalesce(r.cause, i.cause, i.state::text, r.state::text) AS cause,
    r.state IN ('failed', 'cancelled') AND n.again > 0 AND n.blocking = 0 AS retryable
  FROM "RolloutHost" r
  LEFT JOIN LATERAL (
    SELECT i.state::text, i.cause, i.message, i.next FROM "RolloutItem" i
    WHERE i."rolloutId" = r."rolloutId" AND i."hostId" = r."hostId" AND ${isTrouble}
    ORDER BY i.position LIMIT 1) i ON true
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE ${isTrouble}) AS bad,
      count(*) FILTER (WHERE i.state IN (${failedStates})) AS failed,
      count(*) FILTER (WHERE i.state IN ('failed', 'refused', 'cancelled', 'unstarted')) AS again,
      count(*) FILTER (WHERE ${hookFailed} OR i.state NOT IN
        ('failed', 'refused', 'cancelled', 'unstarted', 'converted', 'restored', 'already', 'skipped', 'excluded')) AS blocking
    FROM "RolloutItem" i WHERE i."rolloutId" = r."rolloutId" AND i."hostId" = r."hostId") n
  WHERE r."rolloutId" = $1 AND r.wave IS NOT NULL AND r.state IN ('failed', 'void', 'cancelled'))`
