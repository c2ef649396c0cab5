import type { Prisma } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import { type Outbox, telling } from '@/server/events/outbox'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { planTurn } from '../plan/plan-turn'
import { lockRollout } from '../rows/load'
import { createPostgresDesk } from '../rows/postgres-desk'
import { type Turn, takeTurn } from './take-turn'

/**
 * One turn of a rollout: everything there is to decide, written down in one transaction under the lock of its row. Any
 * number of workers may call it at any time, and any may die in it: what does not stand is decided again.
 */
export function advanceRollout(ctx: Pick<ServiceContext, 'db' | 'actor'>, rolloutId: string): Promise<Turn> {
  return ctx.db.$transaction(
    (tx) => telling(tx, ctx.actor, (outbox) => advanceWithin(tx, ctx.actor, rolloutId, outbox)),
    transactionLimits,
  )
}

async function advanceWithin(
  tx: Prisma.TransactionClient,
  actor: Actor,
  rolloutId: string,
  outbox: Outbox,
): Promise<Turn> {
  const locked = await lockRollout(tx, rolloutId, 'turn')
  if (locked === null) return { cancels: [], wakeAfterMs: null }
  if (locked.rollout.state === 'planning') {
    await planTurn(tx, actor, locked, outbox)
    outbox.event('rollout', rolloutId)
    return { cancels: [], wakeAfterMs: null }
  }
  const { turn, decided } = await takeTurn(createPostgresDesk(tx, actor, outbox), locked)
  if (decided > 0) outbox.event('rollout', rolloutId)
  return turn
}
