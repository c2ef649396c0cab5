import type { Prisma } from '@/prisma/generated/client'
import { recordEvent } from '@/server/events/record'
import { enqueue } from '@/server/lib/queue'

/** Marks the host as being probed and wakes a worker for it. The mark is what counts: the sweep finds it anyway. */
export async function requestProbe(tx: Prisma.TransactionClient, hostId: string): Promise<void> {
  await tx.host.update({ where: { id: hostId }, data: { probeRequestedAt: new Date() } })
  await enqueue(tx, 'probe-host', { hostId }, { jobKey: `probe-host:${hostId}` })
  await recordEvent(tx, 'host', hostId)
}

/**
 * As requestProbe, for a look that takes the host's lock and records a new token first: afterwards nothing older can
 * act there, which is what lifts a quarantine.
 */
export async function requestFencingProbe(tx: Prisma.TransactionClient, hostId: string): Promise<void> {
  await tx.host.update({ where: { id: hostId }, data: { fenceRequestedAt: new Date() } })
  await requestProbe(tx, hostId)
}
