import { recordEvent } from '@/server/events/record'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { type Cancel, carryOut } from './carry-out'
import { type LockedRollout, lockRollout } from './load'
import { next, nextWakeMs } from './machine'
import { planTurn } from './plan-turn'

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
    let locked: LockedRollout | null = await lockRollout(tx, rolloutId)
    const cancels: Cancel[] = []
    if (locked === null) return { cancels, wakeAfterMs: null }
    if (locked.rollout.state === 'planning') {
      await planTurn(tx, ctx.actor, locked)
      await recordEvent(tx, 'rollout', rolloutId)
      return { cancels, wakeAfterMs: null }
    }
    let count = 0
    let isBounded = false
    for (;;) {
      const decisions = next(locked.rollout, locked.nowMs)
      if (decisions.length === 0 || isBounded) break
      for (const decision of decisions) {
        locked = { ...locked, rollout: await carryOut(tx, ctx.actor, locked, decision, cancels) }
        count += 1
      }
      isBounded = count >= mostDecisions
    }
    if (count > 0) await recordEvent(tx, 'rollout', rolloutId)
    const wakeMs = nextWakeMs(locked.rollout, locked.nowMs)
    const wakeAfterMs = isBounded ? 0 : wakeMs === null ? null : wakeMs - locked.nowMs
    return { cancels, wakeAfterMs }
  }, transactionLimits)
}
