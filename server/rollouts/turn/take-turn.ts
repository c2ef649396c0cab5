import { next, nextWakeMs } from '../machine/machine'
import { needsReading } from '../machine/tally'
import type { RolloutDesk } from '../rows/desk'
import type { LockedRollout } from '../rows/load'
import { type Cancel, carryOut } from './carry-out'

/** Decisions of one transaction: enough to get on with, few enough that nobody waits long for the row. */
const mostDecisions = 100

export interface Turn {
  /** To be asked to stop now; asked again at the next turn when that is not done. */
  cancels: Cancel[]
  /** When to look again though nothing happens; null: no time is set. */
  wakeAfterMs: number | null
}

/** Everything there is to decide now, carried out while the rollout is held; and how many decisions that were. */
export async function takeTurn(
  desk: RolloutDesk,
  given: LockedRollout,
): Promise<{ turn: Turn; decided: number }> {
  let locked = given
  const cancels: Cancel[] = []
  let decided = 0
  for (;;) {
    const decisions = next(locked.rollout, locked.nowMs).slice(0, mostDecisions - decided)
    if (decisions.length === 0) break
    for (const decision of decisions) {
      locked = { ...locked, rollout: await carryOut(desk, locked, decision, cancels) }
      decided += 1
    }
  }
  if (decided === mostDecisions || (decided > 0 && needsReading(locked.rollout)))
    return { turn: { cancels, wakeAfterMs: 0 }, decided }
  const wakeMs = nextWakeMs(locked.rollout, locked.nowMs)
  const wakeAfterMs = wakeMs === null ? null : wakeMs - locked.nowMs
  return { turn: { cancels, wakeAfterMs }, decided }
}
