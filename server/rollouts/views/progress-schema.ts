import { z } from 'zod'
import { jobStates } from '@/server/jobs/vocabulary'
import { rolloutKindSchema } from '@/server/plans/schema'
import { rolloutIdInput } from '../schema'
import { hostOutcomes, hostRunStates, itemStates, rolloutStates } from '../vocabulary'

const count = z.number().int()
const hostOutcomeCounts = z.partialRecord(z.enum(hostOutcomes), count)

/** Why no further host begins though the rollout runs; each with what ends it. */
const holdSchema = z.discriminatedUnion('type', [
  /** `unreadable`: counted as pulled. */
  z.object({ type: z.literal('fleet_stop'), unreadable: z.boolean() }),
  z.object({
    type: z.literal('window'),
    timeZone: z.string(),
    from: z.string(),
    opensAt: z.date().nullable(),
  }),
  z.object({ type: z.literal('soak'), until: z.date() }),
  /** Hosts are looked at again after the soak; one that has not answered by `until` has failed. */
  z.object({ type: z.literal('check'), until: z.date(), hosts: count, left: count }),
  /** All that is in flight waits for a further try. */
  z.object({ type: z.literal('retry'), hosts: count, nextAt: z.date() }),
  /** In quarantine between two of their devices; the first that is by `until` is refused the next one. */
  z.object({ type: z.literal('settle'), hosts: count, until: z.date() }),
])
export type RolloutHold = z.infer<typeof holdSchema>

/** What did not come out well, by cause: how many hosts, and what can be done about it. */
const causeSchema = z.object({
  cause: z.string(),
  /** Of the devices; `failed` where it is the host that failed and not a device of it. */
  state: z.enum(itemStates),
  hosts: count,
  devices: count,
  /** Hosts of these that can be tried again under the same approval. */
  retryableHosts: count,
  message: z.string(),
  next: z.string(),
})
export type FailureCause = z.infer<typeof causeSchema>

/** A rollout at this moment: what its page reads again whenever something happens. No plan is opened for it. */
export const progressSchema = z.object({
  kind: rolloutKindSchema,
  state: z.enum(rolloutStates),
  reason: z.string(),
  reasonText: z.string(),
  /** The wave at work, from 0. */
  wave: count,
  hosts: count,
  hostsByOutcome: hostOutcomeCounts,
  devices: count,
  devicesByState: z.partialRecord(z.enum(itemStates), count),
  waves: z.array(
    z.object({
      wave: count,
      hosts: count,
      hostsByOutcome: hostOutcomeCounts,
      /** Looked at after the soak and found as converted. */
      checked: count,
    }),
  ),
  /** The reasons at work now, the one that weighs most first. */
  holds: z.array(holdSchema),
  /** Hosts in flight, how many there may be now, and how many the policy would allow at most. */
  inFlight: count,
  inFlightBudget: count,
  maxInFlightHosts: count,
  limits: z.array(z.object({ reason: z.string(), failed: count, allowed: count })),
  retryableHosts: count,
  /** Read online by the jobs of this rollout, less what was online before. */
  gainedBytes: z.bigint(),
  causes: z.array(causeSchema),
  /** Hosts of the wave at work that ended in the last ten minutes, and how long that took; null without any. */
  pace: z.object({ hosts: count, spanMs: z.number() }).nullable(),
  approvedBy: z.string().nullable(),
  approvedAt: z.date().nullable(),
  endedAt: z.date().nullable(),
  /** The server's clock when it was read. */
  readAt: z.date(),
})
export type RolloutProgress = z.infer<typeof progressSchema>

/** What of the matrix is asked for; nothing given means no limit by it. */
const rowFilter = rolloutIdInput.extend({
  /** Part of a host's or a device's name. */
  text: z.string().max(200).default(''),
  outcomes: z.array(z.enum(hostOutcomes)).max(hostOutcomes.length).default([]),
  wave: z.number().int().min(0).max(100_000).nullable().default(null),
  cause: z.string().max(200).nullable().default(null),
})
export const listRowsInput = rowFilter.extend({
  limit: z.number().int().min(1).max(2000).default(100),
  offset: z.number().int().min(0).max(1_000_000).default(0),
})
export type RowFilter = z.infer<typeof rowFilter>

/** One device of the frozen list: how far it is, and what it brought. */
const rowSchema = z.object({
  id: z.uuid(),
  hostId: z.uuid(),
  hostName: z.string(),
  wave: count.nullable(),
  hostState: z.enum(hostRunStates),
  outcome: z.enum(hostOutcomes),
  hostCause: z.string().nullable(),
  hostStartedAt: z.date().nullable(),
  hostEndedAt: z.date().nullable(),
  deviceId: z.uuid(),
  daxName: z.string(),
  identity: z.string(),
  kind: z.string(),
  state: z.enum(itemStates),
  cause: z.string().nullable(),
  message: z.string(),
  next: z.string(),
  retriesUsed: count,
  retryAt: z.date().nullable(),
  jobId: z.uuid().nullable(),
  jobState: z.enum(jobStates).nullable(),
  stuck: z.boolean(),
  unknownSince: z.date().nullable(),
  /**
   * One letter a step, in the order of agents/protocol's STEPS: `d` done, `r` running, `f` failed, `c` cut short, `-` not
   * begun. Empty without a job.
   */
  steps: z.string(),
  /** Since when the step that runs does; on the server's clock. */
  stepSince: z.date().nullable(),
  startedAt: z.date().nullable(),
  endedAt: z.date().nullable(),
  predictedBytes: z.bigint().nullable(),
  gainedBytes: z.bigint().nullable(),
})
export type RolloutRow = z.infer<typeof rowSchema>
export const listRowsOutput = z.object({
  rows: z.array(rowSchema),
  /** Devices that match, and the hosts they are on. */
  matching: count,
  matchingHosts: count,
})

export const listHostIdsInput = rowFilter
export const listHostIdsOutput = z.object({ hostIds: z.array(z.uuid()) })

export const hostRunInput = rolloutIdInput.extend({ hostId: z.uuid() })
/** One host's run with every job there was of it, the first first. */
export const hostRunSchema = z.object({
  hostId: z.uuid(),
  hostName: z.string(),
  wave: count.nullable(),
  outcome: z.enum(hostOutcomes),
  cause: z.string().nullable(),
  startedAt: z.date().nullable(),
  endedAt: z.date().nullable(),
  checked: z.boolean(),
  rows: z.array(rowSchema),
  jobs: z.array(z.object({ jobId: z.uuid(), itemId: z.uuid(), daxName: z.string(), kind: z.string() })),
})
export type RolloutHostRun = z.infer<typeof hostRunSchema>
