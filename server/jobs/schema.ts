import { z } from 'zod'
import { blockRunSchema } from '@/server/hosts/schemas/device'
import { planKindSchema, plannedWriteSchema, zoneSchema } from '@/server/plans/schema'
import { jobStates } from './vocabulary'

export const jobStateSchema = z.enum(jobStates)
export type { JobStateName } from './vocabulary'

/** The digest is what the person saw, the phrase what they typed. */
export const startJobInput = z.object({
  planId: z.uuid(),
  digest: z.string().max(128),
  phrase: z.string().max(500),
})
export const startJobOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), jobId: z.uuid() }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])
export const jobIdInput = z.object({ jobId: z.uuid() })
export const cancelJobOutput = z.discriminatedUnion('type', [
  /** Ended at once, or asked to rest at the next safe point: `message` says which. */
  z.object({ type: z.literal('requested'), message: z.string() }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])

/** What became of an operator's word on an unknown job. */
export const jobVerbOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('done'), message: z.string() }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])
export type JobVerbOutcome = z.infer<typeof jobVerbOutput>

export const jobStepSchema = z.object({
  name: z.string(),
  position: z.number().int(),
  /** `cut_short`: whoever did it did not live to say how it ended. */
  state: z.enum(['running', 'done', 'failed', 'cut_short']),
  detail: z.string(),
  startedAt: z.date(),
  durationMs: z.number().int().nullable(),
})
export const jobWriteSchema = plannedWriteSchema.extend({
  /** Null while the write is in the kernel. 0 is success. */
  errno: z.number().int().nullable(),
  errnoName: z.string(),
  durationMs: z.number().nullable(),
})

/** Who looks after a job that has not ended. */
export const attendanceSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('attended') }),
  /** Its worker no longer renews the lease; until that runs out nobody else may take the job up. */
  z.object({ type: z.literal('silent'), takeOverWithinSeconds: z.number().int() }),
  z.object({ type: z.literal('nobody') }),
  /** It waits for a worker of its host's pool, and none of these runs. */
  z.object({ type: z.literal('unserved'), message: z.string(), next: z.string() }),
])
export type Attendance = z.infer<typeof attendanceSchema>

export const jobRowSchema = z.object({
  id: z.uuid(),
  kind: planKindSchema,
  hostId: z.uuid(),
  hostName: z.string(),
  deviceId: z.uuid(),
  daxName: z.string(),
  /** Null for a giving back. */
  zone: zoneSchema.nullable(),
  state: jobStateSchema,
  message: z.string(),
  next: z.string(),
  causeCode: z.string().nullable(),
  approvedBy: z.string(),
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  endedAt: z.date().nullable(),
  /** What was to come online, or (given back) to go. */
  predictedBytes: z.bigint(),
  onlineBytesBefore: z.bigint().nullable(),
  onlineBytesAfter: z.bigint().nullable(),
  memTotalBytesBefore: z.bigint().nullable(),
  memTotalBytesAfter: z.bigint().nullable(),
  zoneRead: z.string().nullable(),
  cancelRequestedAt: z.date().nullable(),
  /** Since when nothing is known of it; while a worker takes it up as well. */
  unknownSince: z.date().nullable(),
  /** While unknown: when the host was last asked in vain; `message` tells how that ended. Null before the first try. */
  askedAt: z.date().nullable(),
  /** When it ends lost by itself if the host stays silent; null unless unknown. */
  endsLostAt: z.date().nullable(),
  /** A write that has been in the kernel for long: host and lock stay held until it comes back. */
  stuck: z.object({ since: z.date(), write: plannedWriteSchema }).nullable(),
})
export type JobRow = z.infer<typeof jobRowSchema>
export const jobDetailSchema = jobRowSchema.extend({
  digest: z.string(),
  epoch: z.bigint().nullable(),
  bootId: z.string().nullable(),
  steps: z.array(jobStepSchema),
  writes: z.array(jobWriteSchema),
  /** The device's blocks as read back, when the job has an outcome. */
  blocksAfter: z.array(blockRunSchema).nullable(),
  /** Null once the job has ended. */
  attendance: attendanceSchema.nullable(),
})
export type JobDetail = z.infer<typeof jobDetailSchema>
export const listJobsInput = z.object({
  hostId: z.uuid().optional(),
  limit: z.number().int().min(1).max(500).default(100),
})
export const listJobsOutput = z.object({ jobs: z.array(jobRowSchema) })
