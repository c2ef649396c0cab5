import { insertEvent, notifyEvents, withEvents } from '@/server/events/record'

/** The statements of postgres-store.ts. `$1` is the job, `$2` and `$3` holder and epoch wherever a token is asked for. */

const leaseHeld = (job: string) => `EXISTS (
  SELECT 1 FROM "HostLease" l WHERE l."hostId" = ${job}."hostId" AND l.holder = $2 AND l.epoch = $3
    AND l."expiresAt" > clock_timestamp())`

export const readJob = `
  SELECT id, "hostId", "deviceId", digest, state::text, holder, epoch, attempts, message,
    "cancelRequestedAt" IS NOT NULL AS "cancelRequested", "goSentAt" IS NOT NULL AS "goSent",
    "stuckSince" IS NOT NULL AS stuck
  FROM "Job" WHERE id = $1`

/** What decisions.ts weighs, to say why a guarded UPDATE touched nothing. */
export const readFacts = `
  SELECT j.state::text, ${leaseHeld('j')} AS leased,
    coalesce(j.holder = $2 AND j.epoch = $3, false) AS owned, j."runAfter" <= clock_timestamp() AS due
  FROM "Job" j WHERE j.id = $1`

/** Lines of an attempt before it, which never got its go, go with the same statement. */
export const claim = withEvents(
  'job',
  `UPDATE "Job" j SET state = 'dispatching', holder = $2, epoch = $3, attempts = attempts + 1,
    "startedAt" = coalesce("startedAt", clock_timestamp()), message = '', next = ''
  WHERE j.id = $1 AND j.state = 'queued' AND j."runAfter" <= clock_timestamp() AND ${leaseHeld('j')}
  RETURNING j.id`,
  ['forgotten AS (DELETE FROM "JobLine" l USING moved WHERE l."jobId" = moved.id)'],
)

export const takeOver = `
  UPDATE "Job" j SET holder = $2, epoch = $3
  WHERE j.id = $1 AND j.state = 'unknown' AND ${leaseHeld('j')} RETURNING j."hostId"`

/**
 * Whether the audit tells already that this worker has the job, and nothing else of it since: a host that is away is
 * tried again every few seconds, which changes nothing.
 */
export const takeOverIsTold = `
  SELECT EXISTS (
    SELECT 1 FROM "AuditEntry" a
    WHERE a."subjectKind" = 'job' AND a."subjectId" = $1 AND a.action = 'job.taken_over' AND a."actorId" = $2
      AND a.id > coalesce((SELECT max(o.id) FROM "AuditEntry" o
        WHERE o."subjectKind" = 'job' AND o."subjectId" = $1 AND o.action <> 'job.taken_over'), 0)) AS told`

/** dispatching → preflight and acting → verifying: a step on the way, told to pages and by the job's own timeline. */
export const advance = withEvents(
  'job',
  `UPDATE "Job" SET state = $4::"JobState"
  WHERE id = $1 AND holder = $2 AND epoch = $3 AND state::text = ANY($5::text[]) RETURNING id`,
)

/** Contact is regained: unknown → acting. */
export const regain = `
  UPDATE "Job" SET state = 'acting', message = '', next = '', "unknownSince" = NULL
  WHERE id = $1 AND holder = $2 AND epoch = $3 AND state = 'unknown'`

/**
 * One statement. Lease and stop are locked FOR SHARE: a stop being pulled, or a lease being taken, at this very
 * moment comes wholly before or wholly after it. A stop that has no row counts as pulled.
 */
export const recheckForGo = `
  WITH stop AS (SELECT pulled FROM "FleetStop" WHERE singleton FOR SHARE),
  lease AS (
    SELECT l."hostId" FROM "HostLease" l JOIN "Job" j ON j."hostId" = l."hostId"
    WHERE j.id = $1 AND l.holder = $2 AND l.epoch = $3 AND l."expiresAt" > clock_timestamp() FOR SHARE OF l),
  moved AS (
    UPDATE "Job" SET state = 'acting', "goSentAt" = clock_timestamp()
    WHERE id = $1 AND state = 'preflight' AND holder = $2 AND epoch = $3 AND digest = $4
      AND "cancelRequestedAt" IS NULL AND EXISTS (SELECT 1 FROM lease) AND (SELECT NOT pulled FROM stop)
      AND ("approvalEndsAt" IS NULL OR "approvalEndsAt" > clock_timestamp())
    RETURNING id),
  ${insertEvent("'job'", 'id::text FROM moved')}, told AS MATERIALIZED (${notifyEvents})
  SELECT EXISTS (SELECT 1 FROM moved) AS moved, (SELECT count(*) FROM told) AS told, EXISTS (SELECT 1 FROM lease) AS leased,
    (SELECT pulled FROM stop) AS "fleetStopPulled", j.state::text,
    coalesce(j.holder = $2 AND j.epoch = $3, false) AS owned, j.digest = $4 AS "digestEqual",
    j."cancelRequestedAt" IS NOT NULL AS "cancelRequested",
    coalesce(j."approvalEndsAt" <= clock_timestamp(), false) AS "approvalOver"
  FROM "Job" j WHERE j.id = $1`

/** As recheckForGo; a stop without a row counts as pulled here too, and leads back. `$4`, `$5`: words of each way. */
export const recheckForRecovery = `
  WITH stop AS (SELECT pulled FROM "FleetStop" WHERE singleton FOR SHARE),
  lease AS (
    SELECT l."hostId" FROM "HostLease" l JOIN "Job" j ON j."hostId" = l."hostId"
    WHERE j.id = $1 AND l.holder = $2 AND l.epoch = $3 AND l."expiresAt" > clock_timestamp() FOR SHARE OF l)
  UPDATE "Job" SET state = 'acting', "stuckSince" = NULL, "stuckWrite" = NULL, next = '',
    message = CASE WHEN "cancelRequestedAt" IS NULL AND coalesce((SELECT NOT pulled FROM stop), false)
      THEN $4 ELSE $5 END
  WHERE id = $1 AND holder = $2 AND epoch = $3 AND state IN ('unknown', 'acting', 'verifying')
    AND EXISTS (SELECT 1 FROM lease)
  RETURNING CASE WHEN "cancelRequestedAt" IS NULL AND coalesce((SELECT NOT pulled FROM stop), false)
    THEN 'forward' ELSE 'back' END AS direction`

export const setStuck = `
  UPDATE "Job" SET "stuckWrite" = $4::jsonb,
    "stuckSince" = CASE WHEN $4::jsonb IS NOT NULL
      THEN clock_timestamp() - $5::float8 * interval '1 millisecond' END
  WHERE id = $1 AND holder = $2 AND epoch = $3 AND state IN ('acting', 'verifying')`

/** The row is locked FOR SHARE: whoever takes the job over comes wholly before these lines or wholly after them. */
export const appendLines = `
  WITH owned AS (SELECT id FROM "Job" WHERE id = $1 AND holder = $2 AND epoch = $3 FOR SHARE),
  stored AS (
    INSERT INTO "JobLine" ("jobId", number, line)
    SELECT owned.id, number, line FROM owned, unnest($4::int[], $5::jsonb[]) AS given(number, line)
    ON CONFLICT DO NOTHING RETURNING 1)
  SELECT EXISTS (SELECT 1 FROM owned) AS owned, (SELECT count(*) FROM stored)::int AS stored`

/** A cancel that was asked for meanwhile is honoured here: nothing was written. */
export const requeue = `
  UPDATE "Job" SET holder = NULL, epoch = NULL,
    state = CASE WHEN "cancelRequestedAt" IS NULL THEN 'queued' ELSE 'cancelled' END::"JobState",
    "endedAt" = CASE WHEN "cancelRequestedAt" IS NULL THEN NULL ELSE clock_timestamp() END,
    "runAfter" = clock_timestamp() + $4::float8 * interval '1 millisecond', 
    message = CASE WHEN "cancelRequestedAt" IS NULL THEN $5 ELSE $6 END, next = ''
  WHERE id = $1 AND holder = $2 AND epoch = $3 AND state IN ('dispatching', 'preflight')
  RETURNING "hostId", state::text`

export const markUnknown = `
  WITH before AS (SELECT state FROM "Job" WHERE id = $1)
  UPDATE "Job" SET state = 'unknown', holder = NULL, epoch = NULL, message = $4, next = $5,
    "stuckSince" = NULL, "stuckWrite" = NULL,
    "unknownSince" = coalesce("unknownSince", clock_timestamp()),
    "askedAt" = CASE WHEN state = 'unknown' THEN clock_timestamp() END
  WHERE id = $1 AND holder = $2 AND epoch = $3 AND state IN ('acting', 'verifying', 'unknown')
  RETURNING "hostId", (SELECT state::text FROM before) AS was`

/** With the events of job and host. A job that found its work done gained nothing, whatever the plan had seen before. */
export const end = `
  WITH moved AS (UPDATE "Job" SET state = $4::text::"JobState", holder = NULL, epoch = NULL, "endedAt" = clock_timestamp(),
    "unknownSince" = NULL, "stuckSince" = NULL, "stuckWrite" = NULL, message = $5, next = $6, "causeCode" = $7,
    "onlineBytesAfter" = coalesce($8, "onlineBytesAfter"),
    "onlineBytesBefore" = CASE WHEN $4::text = 'already' THEN coalesce($8, "onlineBytesBefore") ELSE "onlineBytesBefore" END,
    "memTotalBytesBefore" = coalesce($9, "memTotalBytesBefore"),
    "memTotalBytesAfter" = coalesce($10, "memTotalBytesAfter"),
    "zoneRead" = coalesce($11, "zoneRead"), "bootId" = coalesce($12, "bootId")
  WHERE id = $1 AND holder = $2 AND epoch = $3 AND state::text = ANY($13::text[])
  RETURNING id, "hostId"),
  ${insertEvent(
    'its.topic',
    `its.subject FROM moved,
    LATERAL (VALUES ('job', moved.id::text), ('host', moved."hostId"::text)) AS its(topic, subject)`,
  )}
  ${notifyEvents}`

export const cancel = `
  UPDATE "Job" SET "cancelRequestedAt" = coalesce("cancelRequestedAt", clock_timestamp()),
    "cancelRequestedBy" = coalesce("cancelRequestedBy", $2),
    "endedAt" = CASE WHEN state = 'queued' THEN clock_timestamp() END,
    message = CASE WHEN state = 'queued' THEN $3 ELSE message END,
    next = CASE WHEN state = 'queued' THEN '' ELSE next END,
    state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END
  WHERE id = $1 AND "endedAt" IS NULL RETURNING "hostId", state::text`

export const releaseOrphans = `
  UPDATE "Job" j SET holder = NULL, epoch = NULL, "stuckSince" = NULL, "stuckWrite" = NULL,
    state = CASE WHEN state IN ('acting', 'verifying') THEN 'unknown'
      WHEN "cancelRequestedAt" IS NULL THEN 'queued' ELSE 'cancelled' END::"JobState",
    "unknownSince" = CASE WHEN state IN ('acting', 'verifying') THEN clock_timestamp() END, "askedAt" = NULL,
    "endedAt" = CASE WHEN state IN ('dispatching', 'preflight') AND "cancelRequestedAt" IS NOT NULL
      THEN clock_timestamp() END,
    "runAfter" = clock_timestamp(),
    message = CASE WHEN state IN ('acting', 'verifying') THEN $1
      WHEN "cancelRequestedAt" IS NULL THEN $2 ELSE $3 END,
    next = CASE WHEN state IN ('acting', 'verifying') THEN $4 ELSE '' END
  WHERE state IN ('dispatching', 'preflight', 'acting', 'verifying') AND NOT EXISTS (
    SELECT 1 FROM "HostLease" l WHERE l."hostId" = j."hostId" AND l.holder = j.holder AND l.epoch = j.epoch
      AND l."expiresAt" > clock_timestamp())
  RETURNING id AS "jobId", "hostId", state::text`

export const endOverdue = `
  UPDATE "Job" SET state = 'lost', holder = NULL, epoch = NULL, "endedAt" = clock_timestamp(),
    message = $2, next = $3, "causeCode" = 'lost_contact'
  WHERE state = 'unknown' AND "unknownSince" <= clock_timestamp() - $1::float8 * interval '1 millisecond'
  RETURNING id AS "jobId", "hostId"`

export const markLost = `
  UPDATE "Job" SET state = 'lost', holder = NULL, epoch = NULL, "endedAt" = clock_timestamp(),
    message = $2, next = $3, "causeCode" = 'marked_lost'
  WHERE id = $1 AND state = 'unknown' RETURNING "hostId"`

export const listRunnable = `
  SELECT id AS "jobId", "hostId" FROM "Job"
  WHERE state = 'queued' AND "runAfter" <= clock_timestamp() ORDER BY "createdAt", id LIMIT $1`

export const listUnattended = `
  SELECT j.id AS "jobId", j."hostId" FROM "Job" j
  WHERE j.state = 'unknown' AND NOT EXISTS (
    SELECT 1 FROM "HostLease" l WHERE l."hostId" = j."hostId" AND l."expiresAt" > clock_timestamp())
  ORDER BY j."unknownSince", j.id LIMIT $1`

/** The fence is due from now on, whatever the host's state; `moved` when it was not in quarantine before. */
export const quarantineHost = `
  WITH before AS (SELECT state FROM "Host" WHERE id = $1 FOR UPDATE)
  UPDATE "Host" h SET "fenceDue" = true, state = 'quarantined', "updatedAt" = clock_timestamp(),
    "stateSince" = CASE WHEN before.state = 'quarantined' THEN h."stateSince" ELSE clock_timestamp() END,
    "stateMessage" = $2, "stateNext" = $3
  FROM before WHERE h.id = $1 RETURNING before.state <> 'quarantined' AS moved`
