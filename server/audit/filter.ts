import type { Prisma, PrismaClient } from '@/prisma/generated/client'
import { subjectsOn } from './places'
import type { AuditFilter } from './schema'

/** What the pages call a kind, and what entries do. */
const alsoCalled: Readonly<Record<string, string>> = {
  run: 'job',
  key: 'credential',
  account: 'user',
  daxfleet: 'installation',
}

/** A filter as a condition on entries. */
export async function whereOf(db: PrismaClient, filter: AuditFilter): Promise<Prisma.AuditEntryWhereInput> {
  const { subjectKind, subjectId, hostId, who, what, since, until } = filter
  const all: Prisma.AuditEntryWhereInput[] = []
  if (subjectKind !== undefined) all.push({ subjectKind })
  if (subjectId !== undefined) all.push({ subjectId })
  if (hostId !== undefined) all.push({ OR: await subjectsOn(db, hostId) })
  if (who) all.push({ OR: [{ actorId: { contains: who, mode: 'insensitive' } }, { tokenId: who }] })
  for (const word of wordsOf(what)) {
    const other = alsoCalled[word]
    const words = other === undefined ? [word] : [word, other]
    all.push({ OR: words.map((each) => ({ action: { contains: each } })) })
  }
  if (since !== undefined) all.push({ at: { gte: since } })
  if (until !== undefined) all.push({ at: { lt: until } })
  return { AND: all }
}

function wordsOf(text: string | undefined): string[] {
  return (text ?? '')
    .toLowerCase()
    .split(/[\s._]+/)
    .filter((word) => word !== '')
    .slice(0, 8)
}
