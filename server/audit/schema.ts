import { z } from 'zod'

/** What an entry is about, as far as it still exists; names that are gone are null. */
export const auditPlaceSchema = z.object({
  /** The host it is, or is on. */
  host: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** `dax0.0`: the device of a device, plan or job. */
  daxName: z.string().nullable(),
  /** A key's name, a person's e-mail address; what the entry itself kept of a host that was removed. */
  name: z.string().nullable(),
})
export type AuditPlace = z.infer<typeof auditPlaceSchema>

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
  place: auditPlaceSchema,
  detail: z.record(z.string(), z.unknown()),
})
export type AuditEntryView = z.infer<typeof auditEntrySchema>

export const listAuditInput = z
  .object({
    subjectKind: z.string().max(50).optional(),
    subjectId: z.string().max(100).optional(),
    /** Everything on one host: itself, its devices, plans and jobs. */
    hostId: z.uuid().optional(),
    limit: z.number().int().min(1).max(1000).default(100),
  })
  .prefault({})
/** Newest first. */
export const listAuditOutput = z.object({ entries: z.array(auditEntrySchema) })
