import type { Host } from '../host'
import { nameDifference } from '../plan/difference'
import { buildItem, digestOf, makePlan } from '../plan/plan'
import { type ConvertItem, HOOK_SECONDS, type Refusal } from '../protocol'
import { type Reading, readForVerdict } from '../read/inspect'

/** The preflight under the lock: a plan made afresh must equal the approved one to the letter. Then what was read. */
export async function preflight(
  host: Host,
  approved: ConvertItem,
  digest: string,
): Promise<Refusal[] | 'already' | Reading> {
  const { deviceId, zone } = approved.invariants
  const hookSeconds = approved.preconditions.hooks?.[0]?.deadlineSeconds ?? HOOK_SECONDS
  const question = { deviceId, zone, hookSeconds }
  const reading = await readForVerdict(host)
  const planned = await makePlan(host, reading, question)
  const { item, verdict, refusals } = planned.result
  const here = reading.inspection.host
  if (here.machineId !== approved.invariants.machineId || here.dmiUuid !== approved.invariants.dmiUuid) {
    const difference = item === null ? null : nameDifference(approved, item)
    return difference === null ? refusals : [difference]
  }
  if (verdict === 'already') return 'already'
  if (item === null || planned.device === null || planned.blocks === null) {
    if (here.bootId !== approved.invariants.bootId) {
      return [
        {
          code: 'rebooted',
          message: 'The host was restarted since the plan was made.',
          next: 'Make a new plan.',
        },
        ...refusals,
      ]
    }
    return refusals
  }
  // An earlier item of the same run may have loaded kmem: that alone does not make this plan another.
  const loadedSince = approved.preconditions.kmem === 'loadable' && reading.inspection.kmem === 'loaded'
  const now = loadedSince ? buildItem(reading, planned.device, question, 'loadable', planned.blocks) : item
  const difference = nameDifference(approved, now)
  if (difference !== null) return [difference, ...refusals.filter(({ code }) => code !== difference.code)]
  if (refusals.length > 0) return refusals
  return (await digestOf(host, now)) === digest
    ? reading
    : [
        {
          code: 'plan_changed',
          message: 'The digest differs from the approved one.',
          next: 'Make a new plan.',
        },
      ]
}
