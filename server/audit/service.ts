import type { z } from 'zod'
import type { Prisma } from '@/prisma/generated/client'
import type { ServiceContext } from '@/server/lib/service-context'
import { placesOf, subjectsOn } from './places'
import { auditEntrySchema, type listAuditInput, type listAuditOutput } from './schema'

/** The latest entries, newest first, of everything, of one subject, or of all that is on one host. */
export async function listAudit(
  ctx: Pick<ServiceContext, 'db'>,
  { subjectKind, subjectId, hostId, limit }: z.infer<typeof listAuditInput>,
): Promise<z.infer<typeof listAuditOutput>> {
  const where: Prisma.AuditEntryWhereInput = {
    ...(subjectKind === undefined ? {} : { subjectKind }),
    ...(subjectId === undefined ? {} : { subjectId }),
    ...(hostId === undefined ? {} : { OR: await subjectsOn(ctx.db, hostId) }),
  }
  const rows = await ctx.db.auditEntry.findMany({ where, orderBy: { id: 'desc' }, take: limit })
  const places = await placesOf(ctx.db, rows)
  return {
    entries: rows.map((row, index) =>
      auditEntrySchema.parse({ ...row, id: row.id.toString(), place: places[index] }),
    ),
  }
}
