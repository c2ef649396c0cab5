import type { AuditEntry, Prisma, PrismaClient } from '@/prisma/generated/client'
import type { AuditPlace } from './schema'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const nowhere: AuditPlace = { host: null, daxName: null, name: null }
const hostParts = { select: { id: true, name: true } } as const
const onDevice = { id: true, host: hostParts, device: { select: { daxName: true } } } as const

type Subject = Pick<AuditEntry, 'subjectKind' | 'subjectId' | 'detail'>

/** Which entries are about a host: its own, and those of its devices, plans and jobs. */
export async function subjectsOn(db: PrismaClient, hostId: string): Promise<Prisma.AuditEntryWhereInput[]> {
  const ofHost = { where: { hostId }, select: { id: true } } as const
  // No page shows more entries, and each plan and job has one at least: older ones cannot be among them.
  const newest = { ...ofHost, orderBy: { createdAt: 'desc' }, take: 1000 } as const
  const [devices, plans, jobs] = await Promise.all([
    db.device.findMany(ofHost),
    db.plan.findMany(newest),
    db.job.findMany(newest),
  ])
  const among = (subjectKind: string, rows: { id: string }[]) => ({
    subjectKind,
    subjectId: { in: rows.map(({ id }) => id) },
  })
  return [
    { subjectKind: 'host', subjectId: hostId },
    among('device', devices),
    among('plan', plans),
    among('job', jobs),
  ]
}

/** Names for what entries know by id, in their order: one query a kind, however many entries there are. */
export async function placesOf(db: PrismaClient, entries: readonly Subject[]): Promise<AuditPlace[]> {
  const among = (kind: string) => {
    const ids = entries.filter((entry) => entry.subjectKind === kind).map((entry) => entry.subjectId)
    return { where: { id: { in: [...new Set(ids)].filter((id) => kind === 'user' || UUID.test(id)) } } }
  }
  const [hosts, devices, plans, jobs, credentials, rollouts, users] = await Promise.all([
    db.host.findMany({ ...among('host'), ...hostParts }),
    db.device.findMany({ ...among('device'), select: { id: true, daxName: true, host: hostParts } }),
    db.plan.findMany({ ...among('plan'), select: onDevice }),
    db.job.findMany({ ...among('job'), select: onDevice }),
    db.credential.findMany({ ...among('credential'), ...hostParts }),
    db.rollout.findMany({ ...among('rollout'), ...hostParts }),
    db.user.findMany({ ...among('user'), select: { id: true, email: true } }),
  ])
  const places = new Map<string, AuditPlace>([
    ...hosts.map((host) => [`host:${host.id}`, { ...nowhere, host }] as const),
    ...devices.map(({ id, host, daxName }) => [`device:${id}`, { ...nowhere, host, daxName }] as const),
    ...plans.map(({ id, host, device }) => [`plan:${id}`, { ...nowhere, host, ...device }] as const),
    ...jobs.map(({ id, host, device }) => [`job:${id}`, { ...nowhere, host, ...device }] as const),
    ...credentials.map(({ id, name }) => [`credential:${id}`, { ...nowhere, name }] as const),
    ...rollouts.map(({ id, name }) => [`rollout:${id}`, { ...nowhere, name }] as const),
    ...users.map(({ id, email }) => [`user:${id}`, { ...nowhere, name: email }] as const),
  ])
  return entries.map(
    ({ subjectKind, subjectId, detail }) =>
      places.get(`${subjectKind}:${subjectId}`) ?? {
        host: null,
        daxName: kept(detail, 'daxName'),
        name: kept(detail, 'name'),
      },
  )
}

/** What is gone may have left its name in the entry. */
function kept(detail: Prisma.JsonValue, key: string): string | null {
  const value = typeof detail === 'object' && detail !== null && !Array.isArray(detail) ? detail[key] : null
  return typeof value === 'string' ? value : null
}
