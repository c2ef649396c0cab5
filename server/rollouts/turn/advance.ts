import { recordEvent } from '@/server/events/record'
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
  return ctx.db.$transaction(async (tx): Promise<Turn> => {
    const locked = await lockRollout(tx, rolloutId, 'turn')
    if (locked === null) return { cancels: [], wakeAfterMs: null }
    if (locked.rollout.state === 'planning') {
      await planTurn(tx, ctx.actor, locked)
      await recordEvent(tx, 'rollout', rolloutId)
      return { cancels: [], wakeAfterMs: null }
    }
    const { turn, decided } = await takeTurn(createPostgresDesk(tx, ctx.actor), locked)
    if (decided > 0) await recordEvent(tx, 'rollout', rolloutId)
    return turn
  }, transactionLimits)
}
