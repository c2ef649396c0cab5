import { recordEvent } from '@/server/events/record'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { type Cancel, carryOut } from './carry-out'
import { type LockedRollout, lockRollout } from './load'
import { next, nextWakeMs } from './machine'
import { planTurn } from './plan-turn'
import { needsReading } from './tally'

/** Decisions of one transaction: enough to get on with, few enough that nobody waits long for the row. */
const mostDecisions = 100

export interface Turn {
  /** To be asked to stop now; asked again at the next turn when that is not done. */
  cancels: Cancel[]
  /** When to look again though nothing happens; null: no time is set. */
  wakeAfterMs: number | null
}

/**
 * One turn of a rollout: everything there is to decide, written down in one transaction under the lock of its row. Any
 * number of workers may call it at any time, and any may die in it: what does not stand is decided again.
 */
export function advanceRollout(ctx: Pick<ServiceContext, 'db' | 'actor'>, rolloutId: string): Promise<Turn> {
  return ctx.db.$transaction(async (tx): Promise<Turn> => {
    let locked: LockedRollout | null = await lockRollout(tx, rolloutId, 'turn')
    const cancels: Cancel[] = []
    if (locked === null) return { cancels, wakeAfterMs: null }
    if (locked.rollout.state === 'planning') {
      await planTurn(tx, ctx.actor, locked)
      await recordEvent(tx, 'rollout', rolloutId)
      return { cancels, wakeAfterMs: null }
    }
    let count = 0
    for (;;) {
      const decisions = next(locked.rollout, locked.nowMs).slice(0, mostDecisions - count)
      if (decisions.length === 0) break
      for (const decision of decisions) {
        locked = { ...locked, rollout: await carryOut(tx, ctx.actor, locked, decision, cancels) }
        count += 1
      }
    }
    if (count > 0) await recordEvent(tx, 'rollout', rolloutId)
    if (count === mostDecisions || (count > 0 && needsReading(locked.rollout)))
      return { cancels, wakeAfterMs: 0 }
    const wakeMs = nextWakeMs(locked.rollout, locked.nowMs)
    return { cancels, wakeAfterMs: wakeMs === null ? null : wakeMs - locked.nowMs }
  }, transactionLimits)
}
