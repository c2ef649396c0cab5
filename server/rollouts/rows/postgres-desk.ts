import type { Prisma } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import { queueJob } from '@/server/jobs/queue-job'
import type { RolloutDesk } from './desk'
import { writeDecision } from './write'

/** Decisions as rows of one transaction, the one that holds the rollout. */
export function createPostgresDesk(tx: Prisma.TransactionClient, actor: Actor): RolloutDesk {
  return {
    write: (locked, decision) => writeDecision(tx, actor, locked, decision),
    queueJob: ({ id: rolloutId, approvedBy, approvalEndsAt: endsAt }, approved) =>
      queueJob(tx, actor, approved, { type: 'rollout', rolloutId, approvedBy, endsAt }),
    async noteStarted(itemId, jobId) {
      const data = { state: 'running', jobId, retryAt: null, cause: null, message: '', next: '' } as const
      await tx.rolloutItem.update({ where: { id: itemId }, data })
    },
  }
}
