import { z } from 'zod'
import { checkpointSchema } from './checkpoint-schema'
import { verificationSchema } from './finding'

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
  /** From where, as far as the request said. */
  clientAddress: z.string().nullable(),
  userAgent: z.string().nullable(),
  tokenId: z.string().nullable(),
})
export type AuditEntryView = z.infer<typeof auditEntrySchema>

export const auditFilterSchema = z.object({
  subjectKind: z.string().max(50).optional(),
  subjectId: z.string().max(100).optional(),
  /** Everything on one host: itself, its devices, plans and jobs. */
  hostId: z.uuid().optional(),
  /** Part of a person's address or a worker's name, or the id of a token. */
  who: z.string().trim().max(200).optional(),
  /** Words of an action as the page shows it: `run approved`. */
  what: z.string().trim().max(200).optional(),
  since: z.coerce.date().optional(),
  /** Not any more at this moment. */
  until: z.coerce.date().optional(),
})
export type AuditFilter = z.infer<typeof auditFilterSchema>

export const listAuditInput = auditFilterSchema
  .extend({
    limit: z.number().int().min(1).max(1000).default(100),
    offset: z.number().int().min(0).max(10_000_000).default(0),
    /** Only entries older than this one: to read everything, page by page, however many come meanwhile. */
    beforeId: z
      .string()
      .regex(/^\d{1,18}$/)
      .optional(),
  })
  .prefault({})
/** Newest first; `matching` counts what the filter takes, on all pages. */
export const listAuditOutput = z.object({ entries: z.array(auditEntrySchema), matching: z.number().int() })

export const verifyAuditOutput = verificationSchema
export const takeCheckpointOutput = z.object({ checkpoint: checkpointSchema })
