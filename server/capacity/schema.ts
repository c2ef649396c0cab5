import { z } from 'zod'
import { planKinds } from '@/server/plans/vocabulary'
import { FLEET_SERIES, HOST_DIVISIONS, RESOLUTIONS, TIERS } from './vocabulary'

/**
 * Sizes in charts are whole KiB (what /proc/meminfo counts in) as plain numbers: exact to 8 EiB, and a thousand times
 * a thousand bigints would make a page wait. Everywhere else bytes are bigint.
 */
const kib = z.number().int().nonnegative()
/** One value for each time; null is a gap: nobody heard from the host then. */
const column = z.array(kib.nullable())

const span = {
  from: z.date(),
  to: z.date(),
  /** Pixels, about: no more points than these are told. */
  maxPoints: z.number().int().min(2).max(4000).default(800),
}
const inOrder = ({ from, to }: { from: Date; to: Date }) => from < to

export const hostCapacityInput = z
  .object({ hostId: z.uuid(), by: z.enum(HOST_DIVISIONS).default('tier'), ...span })
  .refine(inOrder, 'The end of a time range lies after its start.')

/** What was done on the host, as a mark in its chart. */
export const capacityMarkSchema = z.object({
  jobId: z.string(),
  daxName: z.string(),
  kind: z.enum(planKinds),
  /** The job's state as it stands. */
  state: z.string(),
  startedAt: z.date(),
  endedAt: z.date().nullable(),
  gainedBytes: z.bigint(),
})

export const hostCapacityOutput = z.object({
  resolution: z.enum(RESOLUTIONS),
  /** From one point to the next; a longer way between two points is a gap, and has a null in between. */
  stepSeconds: z.number().int().positive(),
  /** Seconds since 1970, growing. Each value holds until the next time (steps, never slopes). */
  times: z.array(z.number()),
  /** What is stacked; they add up to `total` at each time. */
  parts: z.array(
    z.object({
      /** A tier, `node0`, or a device's identity; `dram` is the part of no device. */
      key: z.string(),
      label: z.string(),
      tier: z.enum(TIERS),
      valuesKib: column,
    }),
  ),
  totalKib: column,
  /** The least of each step, so that no shortage is averaged away. */
  freeKib: column,
  availableKib: column,
  marks: z.array(capacityMarkSchema),
  /** Latest reading there is of the host, whatever range was asked for. */
  latestAt: z.date().nullable(),
})

export const fleetCapacityInput = z
  .object({
    ...span,
    /** The key of a label: a group for each of its values. */
    groupBy: z.string().min(1).max(100).nullable().default(null),
    /** The hosts list's own filter language. */
    filter: z.string().max(1000).default(''),
  })
  .refine(inOrder, 'The end of a time range lies after its start.')

export const fleetCapacityOutput = z.object({
  stepSeconds: z.number().int().positive(),
  times: z.array(z.number()),
  /** Largest first; those beyond the first fifty are one group, `null` those without the label. */
  groups: z.array(
    z.object({
      name: z.string().nullable(),
      /** How many groups this one stands for: 1, but for the rest. */
      folded: z.number().int().positive(),
      /** Hosts that were heard from at each time: a dip in capacity with a dip here is silence, not loss. */
      hosts: z.array(z.number().int().nonnegative()),
      series: z.record(z.enum(FLEET_SERIES), z.array(kib)),
    }),
  ),
  /** Rollouts that ran in this time, to be drawn as bands. */
  bands: z.array(
    z.object({
      rolloutId: z.string(),
      name: z.string(),
      state: z.string(),
      startedAt: z.date(),
      endedAt: z.date().nullable(),
    }),
  ),
})

export const capacityMapInput = z.object({ filter: z.string().max(1000).default('') })
/** Column by column, one place a host in the order of names: ten thousand objects would be ten times the bytes. */
export const capacityMapOutput = z.object({
  ids: z.array(z.string()),
  names: z.array(z.string()),
  labels: z.array(z.record(z.string(), z.string())),
  /** The standing, as the hosts list tells it. */
  standings: z.array(z.string()),
  series: z.record(z.enum(FLEET_SERIES), z.array(kib)),
  totalKib: column,
  availableKib: column,
})

export type HostCapacity = z.infer<typeof hostCapacityOutput>
export type FleetCapacity = z.infer<typeof fleetCapacityOutput>
export type CapacityMap = z.infer<typeof capacityMapOutput>
