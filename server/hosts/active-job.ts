import type { Prisma } from '@/prisma/generated/client'

/** The job that waits for or holds the host, or null. Read it with the host's row locked. */
export function activeJobOf(tx: Pick<Prisma.TransactionClient, 'job'>, hostId: string) {
  return tx.job.findFirst({ where: { hostId, endedAt: null }, select: { id: true, state: true } })
}
