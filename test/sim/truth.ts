import type { ModelMachine } from '@/agents/model/machine'
import type { BlockSpan, PlanItem } from '@/agents/protocol'
import { must } from '../support/rollout-limits'

/** What a look behind the scenes, which no agent had a part in, shows of a planned device. */
export interface Truth {
  driver: string | null
  /** Of the planned blocks. */
  planned: number
  present: number
  online: number
  movable: number
  /** Of a giving back: the blocks that were online when it was planned, and those of them that are, in the same zone. */
  before: number
  asBefore: number
}

/** How the planned device stands in the model's own state. */
export function truthOf({ bus, memory }: ModelMachine, item: PlanItem): Truth {
  const ids = item.prediction.blocks.flatMap(([first, last]: BlockSpan) =>
    Array.from({ length: last - first + 1 }, (_, at) => first + at),
  )
  const online = ids.filter((id) => memory.stateOf(id) === 'online')
  const runs = item.kind === 'restore' ? item.preconditions.blocks : []
  const before = runs
    .filter(({ state }) => state === 'online')
    .flatMap(({ first, last, zones }) =>
      Array.from({ length: last - first + 1 }, (_, at) => ({ id: first + at, zones })),
    )
  const isAsBefore = ({ id, zones }: { id: number; zones: string }) =>
    memory.stateOf(id) === 'online' && memory.zonesOf(id) === zones
  return {
    driver: bus.find(item.preconditions.daxName)?.driver ?? null,
    planned: ids.length,
    present: ids.filter((id) => memory.stateOf(id) !== null).length,
    online: online.length,
    movable: online.filter((id) => memory.zonesOf(id) === 'Movable').length,
    before: before.length,
    asBefore: before.filter(isAsBefore).length,
  }
}

/** What a job is said to have come to is what the kernel reads. */
export function checkOutcome(kind: PlanItem['kind'], state: string, truth: Truth, where: string): void {
  const shown = `${truth.driver ?? 'no driver'}, ${truth.online} of ${truth.planned} online`
  if (kind === 'convert') checkConverted(state, truth, `${where}: ${shown}`)
  else checkGivenBack(state, truth, `${where}: ${shown}, ${truth.asBefore} of ${truth.before} as before`)
}

function checkConverted(state: string, { driver, movable, planned }: Truth, where: string): void {
  const isWhole = driver === 'kmem' && movable === planned
  if (state === 'converted' || state === 'already')
    must(isWhole, `${state} is what the kernel reads: ${where}`)
  else if (state === 'cancelled') must(driver !== 'kmem', `cancelled left nothing behind: ${where}`)
  else if (state === 'failed') must(!isWhole, `failed is no success: ${where}`)
  else if (state === 'partial') must(driver === 'kmem' && !isWhole, `partial is partial: ${where}`)
}

function checkGivenBack(state: string, truth: Truth, where: string): void {
  const { driver, present, online, before, asBefore } = truth
  const isGiven = driver === 'device_dax' && present === 0
  const isAsBefore = driver === 'kmem' && asBefore === before
  if (state === 'restored' || state === 'already')
    must(isGiven, `${state} is what the kernel reads: ${where}`)
  else if (state === 'cancelled') must(isAsBefore, `cancelled left nothing behind: ${where}`)
  else if (state === 'failed') must(!isGiven, `failed is no success: ${where}`)
  else if (state === 'partial') must(driver === 'kmem' && !isAsBefore, `partial is partial: ${where}`)
  else if (state === 'stranded') must(driver !== 'kmem' && online > 0, `stranded is stranded: ${where}`)
}
