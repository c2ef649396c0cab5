import type { Prisma } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import type { Outbox } from '@/server/events/outbox'
import { queueJob } from '@/server/jobs/queue-job'
import type { RolloutDesk } from './desk'
import { writeDecision } from './write'

/** Decisions as rows of one transaction, the one that holds the rollout; what they tell waits in `outbox`. */
export function createPostgresDesk(tx: Prisma.TransactionClient, actor: Actor, outbox: Outbox): RolloutDesk {
  return {
    write: (locked, decision) => writeDecision(tx, outbox, locked, decision),
    queueJob: ({ id: rolloutId, approvedBy, approvalEndsAt: endsAt }, approved) =>
      queueJob(tx, actor, approved, { type: 'rollout', rolloutId, approvedBy, endsAt }, outbox),
    async noteStarted(itemId, jobId) {
      const data = { state: 'running', jobId, retryAt: null, cause: null, message: '', next: '' } as const
      await tx.rolloutItem.update({ where: { id: itemId }, data })
    },
  }
}
