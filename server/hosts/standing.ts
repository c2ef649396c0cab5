import type { DeviceStateName } from './schema'

/** States a device is left in half-way, or is brought to by others: neither converted nor as it was before. */
export const troubledStates = ['partial', 'unbound', 'stranded'] as const satisfies readonly DeviceStateName[]

const troubledList = troubledStates.map((state) => `'${state}'`).join(', ')

/**
 * SQL that stands where "Host" does, with `standing` beside its columns: the state, or `needs_attention` where contact
 * is in order and a device is not. Lists, filters, counts and the host's own page all read it from here. While a job
 * waits or runs, what its device is in between says nothing yet.
 */
export const hostsWithStanding = `(
  SELECT h.*, CASE
    WHEN h.state = 'ready'
      AND EXISTS (SELECT 1 FROM "Device" d WHERE d."hostId" = h.id AND d.state IN (${troubledList}))
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
  ORDER BY d."daxName" LIMIT 1`
