import type { z } from 'zod'
import type { ServiceContext } from '@/server/lib/service-context'
import { auditEntrySchema, type listAuditInput, type listAuditOutput } from './schema'

/** The latest entries, newest first, of everything or of one subject. */
export async function listAudit(
  ctx: Pick<ServiceContext, 'db'>,
  { subjectKind, subjectId, limit }: z.infer<typeof listAuditInput>,
): Promise<z.infer<typeof listAuditOutput>> {
  const rows = await ctx.db.auditEntry.findMany({
    where: {
      ...(subjectKind === undefined ? {} : { subjectKind }),
      ...(subjectId === undefined ? {} : { subjectId }),
    },
    orderBy: { id: 'desc' },
    take: limit,
  })
  return { entries: rows.map((row) => auditEntrySchema.parse({ ...row, id: row.id.toString() })) }
}
