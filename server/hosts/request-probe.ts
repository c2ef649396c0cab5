import type { Prisma } from '@/prisma/generated/client'
import { recordEvents } from '@/server/events/record'
import { enqueueAll } from '@/server/lib/queue'

/** Marks the host as being probed and wakes a worker for it. The mark is what counts: the sweep finds it anyway. */
export async function requestProbe(tx: Prisma.TransactionClient, hostId: string): Promise<void> {
  await requestProbes(tx, [hostId])
}

/** As requestProbe, for many hosts in a few statements. */
export async function requestProbes(tx: Prisma.TransactionClient, hostIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`UPDATE "Host" SET "probeRequestedAt" = ${new Date()}, "updatedAt" = now() WHERE id = ANY(${[...hostIds]}::uuid[])`
  await wakeForProbes(tx, hostIds)
}

/** Wakes a worker for hosts that are marked already, and tells open pages. */
export async function wakeForProbes(tx: Prisma.TransactionClient, hostIds: readonly string[]): Promise<void> {
  const messages = hostIds.map((hostId) => ({ payload: { hostId }, jobKey: `probe-host:${hostId}` }))
  await enqueueAll(tx, 'probe-host', messages)
  await recordEvents(tx, 'host', hostIds)
}

/**
 * What is left of a host's mark after a look that began while the mark read `answers`: one set meanwhile stands, for it
 * asks for what was not looked at yet. Null: the look was not asked for by a mark.
 */
export function markAfter(
  { probeRequestedAt }: { probeRequestedAt: Date | null },
  answers: Date | null,
): Date | null {
  return probeRequestedAt?.getTime() === answers?.getTime() ? null : probeRequestedAt
}

/**
 * As requestProbe, for a look that takes the host's lock and records a new token first: afterwards nothing older can
 * act there, which is what lifts a quarantine.
 */
export async function requestFencingProbe(tx: Prisma.TransactionClient, hostId: string): Promise<void> {
  await tx.host.update({ where: { id: hostId }, data: { fenceRequestedAt: new Date() } })
  await requestProbe(tx, hostId)
}
