import type { Host } from '../host'
import { countSpans, spansText, toSpans } from '../lib/spans'
import {
  type DaxDevice,
  type Hazard,
  HOOK_SECONDS,
  type OnlineItem,
  type OnlineQuestion,
  type PlanResult,
  type Refusal,
  type Share,
} from '../protocol'
import type { Reading } from '../read/inspect'
import { ratioHazard } from '../read/zones'
import { mediaRefusal } from './device-refusals'
import { isReversible } from './hazards'
import { judgedHealth, judgeHealth } from './health'
import { hooksOf, planHooks, refuseHooks } from './hooks'
import { digestOf, findDevice, invariantsOf, withoutDevice, zoneRefusals } from './plan'
import { plannedBlocks } from './restore-blocks'
import { bindingRefusals } from './restore-refusals'
import { toBlocks } from './restore-writes'
import { chooseShare, partOf } from './share'
import { tally } from './zone'

/** Blocks of the share that this kernel would not put into the zone asked, by what it names for them. */
function impossibleZone({ name, blocks }: DaxDevice, share: Share, { zone }: OnlineQuestion): Refusal | null {
  const could = zone === 'movable' ? /\bMovable\b/ : /\b(Normal|DMA32|DMA)\b/
  const runs = blocks.filter(({ state, zones }) => state === 'offline' && zones !== '' && !could.test(zones))
  const spans = partOf(
    runs.map(({ first, last }) => ({ first, last, state: 'offline', zones: '' })),
    share.blocks,
  ).flatMap(({ first, last }) => toSpans([first, last]))
  if (spans.length === 0) return null
  const message = `The kernel does not put blocks ${spansText(spans)} of ${name} into the zone ${zone}: it names ${runs[0]?.zones} for them.`
  return { code: 'kernel_zone', message, next: 'Ask for another zone, or for other blocks.' }
}

/** Its page structures are paid for already: to be minded are the zones, and whether it will go again. */
function hazardsOf({ inspection }: Reading, { zone }: OnlineQuestion, addedBytes: bigint): Hazard[] {
  const movable = BigInt(inspection.memory.movableBytes)
  const kernel = BigInt(inspection.memory.totalBytes) - movable
  const ratio = zone === 'movable' ? ratioHazard(movable + addedBytes, kernel, 'would be') : null
  const { yes, why } = isReversible(zone)
  return [
    ...inspection.hazards.filter(({ code }) => zone !== 'movable' || code !== 'movable_ratio'),
    ...(ratio === null ? [] : [ratio]),
    ...(yes ? [] : [{ code: 'no_hot_remove', message: why } as const]),
  ]
}

/** Plans bringing a share of a device on kmem online, from a reading. Writes nothing. */
export async function makeOnlinePlan(
  host: Host,
  reading: Reading,
  question: OnlineQuestion,
): Promise<PlanResult> {
  const { inspection } = reading
  const { zone } = question
  const device = await findDevice(host, reading, question.deviceId)
  if ('refusal' in device) return withoutDevice(reading, device.refusal, isReversible(zone))
  const blocks = plannedBlocks(device.blocks)
  const hooks = hooksOf(inspection.hooks, 'online')
  const blockSizeBytes = BigInt(inspection.blockSizeBytes)
  const { share, refusal } = chooseShare(device, blocks, blockSizeBytes, question, 'online')
  const there = tally(device.blocks, share, zone)
  const item: OnlineItem = {
    version: 1,
    kind: 'online',
    invariants: { ...invariantsOf(reading, device), zone },
    preconditions: {
      daxName: device.name,
      driver: device.driver,
      blocks,
      hooks: planHooks(hooks, question.hookSeconds ?? HOOK_SECONDS),
    },
    prediction: device.prediction,
    share,
    ...judgedHealth(device, question.health),
    writes: toBlocks('online', `online_${zone}`, toSpans(there.notOnline)),
    recovery: [],
  }
  const already =
    device.driver === 'kmem' && refusal === null && there.inZone.length === countSpans(share.blocks)
  const health = question.health === undefined ? null : judgeHealth(device, question.health)
  const against = [
    mediaRefusal(device),
    ...(health?.refusals ?? []),
    ...(inspection.privileged ? refuseHooks(hooks) : []),
    ...bindingRefusals(reading, device),
    ...(device.driver === 'kmem'
      ? zoneRefusals(reading, device, zone, tally(device.blocks, device.prediction, zone))
      : []),
    refusal,
    impossibleZone(device, share, question),
  ].flatMap((each) => each ?? [])
  const refusals = already ? [] : against
  return {
    item,
    digest: await digestOf(host, item),
    verdict: already ? 'already' : refusals.length > 0 ? 'refused' : 'onlinable',
    refusals,
    hazards: [
      ...(health?.hazards ?? []),
      ...hazardsOf(reading, question, BigInt(countSpans(toSpans(there.notOnline))) * blockSizeBytes),
    ],
    reversible: isReversible(zone),
    ...(health === null ? {} : { health: device.health }),
  }
}
