import type { z } from 'zod'
import type { ServiceContext } from '@/server/lib/service-context'
import { whereOf } from './filter'
import { placesOf } from './places'
import { auditEntrySchema, type listAuditInput, type listAuditOutput } from './schema'

/** What is shown of an entry; its code is for the verification. */
const columns = {
  ...{ id: true, at: true, actorKind: true, actorId: true, action: true, subjectKind: true, subjectId: true },
  ...{ detail: true, clientAddress: true, userAgent: true, tokenId: true },
} as const

/** The entries a filter takes, newest first, a page at a time. */
export async function listAudit(
  ctx: Pick<ServiceContext, 'db'>,
  { limit, offset = 0, beforeId, ...filter }: Partial<z.infer<typeof listAuditInput>> & { limit: number },
): Promise<z.infer<typeof listAuditOutput>> {
  const where = await whereOf(ctx.db, filter)
  const page = beforeId === undefined ? where : { AND: [where, { id: { lt: BigInt(beforeId) } }] }
  const rows = await ctx.db.auditEntry.findMany({
    where: page,
    select: columns,
    orderBy: { id: 'desc' },
    take: limit,
    skip: offset,
  })
  const [places, matching] = await Promise.all([
    placesOf(ctx.db, rows),
    // Whoever reads on knows how many there were.
    beforeId === undefined ? ctx.db.auditEntry.count({ where }) : rows.length,
  ])
  const entries = rows.map((row, index) =>
    auditEntrySchema.parse({ ...row, id: row.id.toString(), place: places[index] }),
  )
  return { entries, matching }
}
