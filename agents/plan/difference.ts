import { HOOK_PHASES, type PlanItem, type Refusal } from '../protocol'
import { driftWords } from './drift-words'
import { hookDifference } from './hooks'

type Fields = Record<string, unknown>
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null

/** The path of the first place where two values differ; null when they are alike to the letter. */
function firstDifference(then: unknown, now: unknown, path: string): string | null {
  if (isObject(then) && isObject(now) && Array.isArray(then) === Array.isArray(now)) {
    for (const key of Object.keys({ ...then, ...now }).sort()) {
      const found = firstDifference(then[key], now[key], path === '' ? key : `${path}.${key}`)
      if (found !== null) return found
    }
    return null
  }
  return then === now ? null : path
}

const PLAN_AGAIN = 'Make a new plan and have it approved.'

function healthDifference(approved: PlanItem, now: PlanItem): Refusal {
  const found = (item: PlanItem) =>
    (('health' in item && item.health?.found) || [])
      .map(({ fact, of, level }) => `${fact.replace(/_/g, ' ')} of ${of} (${level})`)
      .join(', ') || 'nothing'
  return {
    code: 'health_changed',
    message: `The device's health is not as approved: amiss was ${found(approved)}, and is ${found(now)} now.`,
    next: PLAN_AGAIN,
  }
}

/** `memory33-37 online in Movable, memory38-39 offline`, of no more than six spans; empty where a plan names no blocks. */
function blocksOf({ preconditions }: PlanItem): string {
  if (!('blocks' in preconditions)) return ''
  const named = preconditions.blocks.map(({ first, last, state, zones }) => {
    const ids = first === last ? `memory${first}` : `memory${first}-${last}`
    return `${ids} ${state}${zones === '' ? '' : ` in ${zones}`}`
  })
  const more = named.length > 6 ? ` and ${named.length - 6} more spans` : ''
  return named.length === 0 ? 'none there' : `${named.slice(0, 6).join(', ')}${more}`
}

/** What changed between the approved plan and the one made just now, by name; null when nothing did. */
export function nameDifference(approved: PlanItem, now: PlanItem): Refusal | null {
  const [then, is] = [approved.invariants, now.invariants]
  if (then.machineId !== is.machineId || then.dmiUuid !== is.dmiUuid) {
    return {
      code: 'identity_changed',
      message: `The plan was made for machine ${then.machineId}, this is ${is.machineId}.`,
      next: 'Check the address of the host, then make a new plan.',
    }
  }
  if (then.bootId !== is.bootId) {
    return { code: 'rebooted', message: 'The host was restarted since the plan was made.', next: PLAN_AGAIN }
  }
  const path = firstDifference(approved, now, '')
  if (path === null) return null
  const what = driftWords(approved, now, path)
  if (path.startsWith('invariants.')) {
    return { code: 'identity_changed', message: `The device is not as planned: ${what}.`, next: PLAN_AGAIN }
  }
  if (approved.preconditions.driver !== now.preconditions.driver) {
    const driver = now.preconditions.driver ?? 'no driver'
    return {
      code: 'bound_elsewhere',
      message: `${now.preconditions.daxName} is bound to ${driver}, planned was ${approved.preconditions.driver ?? 'no driver'}.`,
      next: PLAN_AGAIN,
    }
  }
  for (const phase of HOOK_PHASES) {
    // Plans of an agent that knew no hooks have none.
    const changed = hookDifference(phase, approved.preconditions.hooks ?? [], now.preconditions.hooks)
    if (changed !== null) return changed
  }
  if (path.startsWith('health.found')) return healthDifference(approved, now)
  const [planned, found] = [blocksOf(approved), blocksOf(now)]
  if (planned !== found) {
    const { daxName } = now.preconditions
    const message = `The blocks of ${daxName} are not as planned: ${planned} when planned, ${found} now.`
    return { code: 'plan_changed', message, next: PLAN_AGAIN }
  }
  return { code: 'plan_changed', message: `The host is not as planned: ${what}.`, next: PLAN_AGAIN }
}
