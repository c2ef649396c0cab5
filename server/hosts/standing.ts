import type { DeviceStateName } from './vocabulary'

/** States a device is left in half-way, or is brought to by others: neither converted nor as it was before. */
export const troubledStates = ['partial', 'unbound', 'stranded'] as const satisfies readonly DeviceStateName[]

/**
 * SQL: device `d` of host `h` is partly online because its last run was to leave it so, and it still is as that run read it
 * back, in the boot it read it in. That is no trouble: somebody asked for it.
 */
const isPartOnPurpose = `(d.state = 'partial' AND coalesce((
  SELECT l.kind IN ('online', 'offline') AND l.state IN ('converted', 'restored')
    AND l."onlineBytesAfter" = d."onlineBytes" AND l."bootId" = h."bootId"
  FROM "Job" l WHERE l."hostId" = d."hostId" AND l."deviceId" = d.id AND l."goSentAt" IS NOT NULL
  ORDER BY l."createdAt" DESC LIMIT 1), false))`

const troubledList = troubledStates.map((state) => `'${state}'`).join(', ')

/**
 * SQL that stands where "Host" does, with `standing` beside its columns: the state, or `needs_attention` where contact
 * is in order and a device is not. Lists, filters, counts and the host's own page all read it from here. While a job
 * waits or runs, what its device is in between says nothing yet.
 */
export const hostsWithStanding = `(
  SELECT h.*, CASE
    WHEN h.state = 'ready'
      AND EXISTS (SELECT 1 FROM "Device" d WHERE d."hostId" = h.id AND d.state IN (${troubledList})
        AND NOT ${isPartOnPurpose})
      AND NOT EXISTS (SELECT 1 FROM "Job" j WHERE j."hostId" = h.id AND j."endedAt" IS NULL)
    THEN 'needs_attention' ELSE h.state::text END AS standing
  FROM "Host" h)`

/**
 * SQL for the first device that makes host `h` of this standing (SQL) need attention, and how many more do; no row where
 * none does.
 */
export const firstTrouble = (standing: string) => `
  SELECT json_build_object(
    'daxName', d."daxName", 'state', d.state, 'onlineBlocks', d."onlineBlocks", 'totalBlocks', d."totalBlocks",
    'otherDevices', count(*) OVER () - 1) AS trouble
  FROM "Device" d
  WHERE ${standing} = 'needs_attention' AND d."hostId" = h.id AND d.state IN (${troubledList})
    AND NOT ${isPartOnPurpose}
  ORDER BY d."daxName" LIMIT 1`
