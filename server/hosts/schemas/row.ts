import { z } from 'zod'
import { jobStates } from '@/server/jobs/vocabulary'
import { planKinds } from '@/server/plans/vocabulary'
import { deviceStateSchema, hostStandingSchema, hostStateSchema, labelsSchema } from './fields'

export const hostTroubleSchema = z.object({
  daxName: z.string(),
  state: deviceStateSchema,
  onlineBlocks: z.number().int(),
  totalBlocks: z.number().int(),
  /** How many more devices of the host need attention. */
  otherDevices: z.number().int(),
})
export type HostTrouble = z.infer<typeof hostTroubleSchema>

export const awaySchema = z.object({ at: z.date(), message: z.string(), next: z.string() })

export const hostRowSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  address: z.string(),
  port: z.number(),
  username: z.string(),
  labels: labelsSchema,
  state: hostStateSchema,
  standing: hostStandingSchema,
  /** The first device that needs attention, where one does. */
  trouble: hostTroubleSchema.nullable(),
  /** That it cannot be reached, where its state tells something else that is so all the same: quarantine, adoption. */
  away: awaySchema.nullable(),
  stateMessage: z.string(),
  stateNext: z.string(),
  stateSince: z.date(),
  probing: z.boolean(),
  lastSeenAt: z.date().nullable(),
  kernelRelease: z.string().nullable(),
  memTotalBytes: z.bigint().nullable(),
  /** Sums over the host's devices, derived from raw block states. */
  pmemOnlineBytes: z.bigint(),
  cxlOnlineBytes: z.bigint(),
  hmemOnlineBytes: z.bigint(),
  convertibleBytes: z.bigint(),
  convertibleDevices: z.number().int(),
  /** The job that holds the host or waits for it. */
  activeJobId: z.uuid().nullable(),
  activeJobKind: z.enum(planKinds).nullable(),
  activeJobState: z.enum(jobStates).nullable(),
  /** A write of that job has been in the kernel for long. */
  activeJobStuck: z.boolean(),
  /** The key it shows was rejected, and no other waits for review. */
  keyRejected: z.boolean(),
})
export type HostRow = z.infer<typeof hostRowSchema>
