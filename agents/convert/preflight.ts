import type { Host } from '../host'
import { nameDifference } from '../plan/difference'
import { makeOfflinePlan } from '../plan/offline'
import { makeOnlinePlan } from '../plan/online'
import { makePersistPlan } from '../plan/persist'
import { buildItem, digestOf, makePlan } from '../plan/plan'
import { makeRestorePlan } from '../plan/restore'
import { shareQuestionOf } from '../plan/share'
import {
  type ConvertItem,
  type HealthPolicy,
  HOOK_SECONDS,
  type OnlineItem,
  type PlanItem,
  type PlanResult,
  type Refusal,
} from '../protocol'
import { readPoison, readToolHealth } from '../read/health-tools'
import { type Reading, readForVerdict } from '../read/inspect'

const secondsOf = ({ preconditions }: PlanItem) => preconditions.hooks?.[0]?.deadlineSeconds ?? HOOK_SECONDS

/** What only tools tell of the device, where its health was judged; the policy it is judged by. */
async function readHealth(
  host: Host,
  { dax, inspection: { privileged } }: Reading,
  { invariants: { deviceId }, health }: ConvertItem | OnlineItem,
): Promise<HealthPolicy | undefined> {
  if (health === undefined) return undefined
  const asked = dax.filter(({ device }) => device.identity.id === deviceId)
  await readToolHealth(host, asked, privileged)
  await readPoison(host, asked, deviceId, privileged)
  return health.policy
}

/** The conversion planned again; `kmem` as it was approved, where only an earlier item of the same run loaded it. */
async function convertAgain(host: Host, reading: Reading, approved: ConvertItem): Promise<PlanResult> {
  const { deviceId, zone } = approved.invariants
  const health = await readHealth(host, reading, approved)
  const question = { deviceId, zone, hookSeconds: secondsOf(approved), health }
  const { result, device, blocks } = await makePlan(host, reading, question)
  const loadedSince = approved.preconditions.kmem === 'loadable' && reading.inspection.kmem === 'loaded'
  if (!loadedSince || device === null || blocks === null) return result
  return { ...result, item: buildItem(reading, device, question, 'loadable', blocks) }
}

async function planAgain(host: Host, reading: Reading, approved: PlanItem): Promise<PlanResult> {
  if (approved.kind === 'convert') return convertAgain(host, reading, approved)
  const { deviceId } = approved.invariants
  if (approved.kind === 'persist' || approved.kind === 'unpersist') {
    const question =
      approved.zone === null
        ? { kind: 'unpersist' as const, deviceId }
        : { kind: 'persist' as const, deviceId, zone: approved.zone }
    return makePersistPlan(host, reading, question)
  }
  const asked = { deviceId, reservedBytes: '0', hookSeconds: secondsOf(approved) }
  if (approved.kind === 'restore')
    return makeRestorePlan(host, reading, { kind: 'restore', ...asked, ...approved.policy }, false)
  const share = { ...asked, ...shareQuestionOf(approved.share) }
  if (approved.kind === 'online') {
    const { zone } = approved.invariants
    const health = await readHealth(host, reading, approved)
    const judged = health === undefined ? {} : { health }
    return makeOnlinePlan(host, reading, { kind: 'online', ...share, zone, ...judged })
  }
  return makeOfflinePlan(host, reading, { kind: 'offline', ...share, ...approved.policy }, false)
}

/** The preflight under the lock: a plan made afresh must equal the approved one to the letter. Then what was read. */
export async function preflight(
  host: Host,
  approved: PlanItem,
  digest: string,
): Promise<Refusal[] | 'already' | Reading> {
  const reading = await readForVerdict(host)
  const { item, verdict, refusals } = await planAgain(host, reading, approved)
  const here = reading.inspection.host
  if (here.machineId !== approved.invariants.machineId || here.dmiUuid !== approved.invariants.dmiUuid) {
    const difference = item === null ? null : nameDifference(approved, item)
    return difference === null ? refusals : [difference]
  }
  if (verdict === 'already') return 'already'
  if (item === null) {
    if (here.bootId === approved.invariants.bootId) return refusals
    const message = 'The host was restarted since the plan was made.'
    return [{ code: 'rebooted', message, next: 'Make a new plan.' }, ...refusals]
  }
  const difference = nameDifference(approved, item)
  // Where the new finding blocks, what it is says more than that there is one.
  if (difference?.code === 'health_changed' && refusals.some(({ code }) => code === 'unhealthy'))
    return refusals
  if (difference !== null) return [difference, ...refusals.filter(({ code }) => code !== difference.code)]
  if (refusals.length > 0) return refusals
  if ((await digestOf(host, item)) === digest) return reading
  return [
    {
      code: 'plan_changed',
      message: 'The digest differs from the approved one.',
      next: 'Make a new plan.',
    },
  ]
}
