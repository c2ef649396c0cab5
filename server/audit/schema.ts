import { z } from 'zod'

export const auditEntrySchema = z.object({
  id: z.string(),
  at: z.date(),
  actorKind: z.enum(['user', 'worker', 'system']),
  /** A person's e-mail address, a worker's name. */
  actorId: z.string(),
  /** `<subject>.<verb>`, e.g. `host.state`, `job.started`. */
  action: z.string(),
  subjectKind: z.string(),
  subjectId: z.string(),
  detail: z.record(z.string(), z.unknown()),
})

export const listAuditInput = z
  .object({
    subjectKind: z.string().max(50).optional(),
    subjectId: z.string().max(100).optional(),
    limit: z.number().int().min(1).max(1000).default(100),
  })
  .prefault({})
/** Newest first. */
export const listAuditOutput = z.object({ entries: z.array(auditEntrySchema) })
