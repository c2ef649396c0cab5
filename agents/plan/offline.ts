import type { Host } from '../host'
import { countSpans } from '../lib/spans'
import {
  HOOK_SECONDS,
  OFFLINE_SECONDS,
  type OfflineItem,
  type OfflineQuestion,
  type PlanResult,
} from '../protocol'
import type { Reading } from '../read/inspect'
import { hooksOf, planHooks } from './hooks'
import { digestOf, findDevice, invariantsOf, withoutDevice } from './plan'
import { lookAhead, lossHazards } from './restore'
import { notOfflineSpans, onlineSpans, plannedBlocks } from './restore-blocks'
import { refuseOffline } from './restore-refusals'
import { onlineAgain, toBlocks } from './restore-writes'
import { chooseShare, partOf } from './share'

const REVERSIBLE = { yes: true, why: 'kmem keeps the device: the blocks can be brought online again.' }

/**
 * Plans taking a share of a device offline, from a reading; the device stays on kmem. `looksAhead`: with what only people
 * want to know. Writes nothing.
 */
export async function makeOfflinePlan(
  host: Host,
  reading: Reading,
  question: OfflineQuestion,
  looksAhead: boolean,
): Promise<PlanResult> {
  const { inspection } = reading
  const device = await findDevice(host, reading, question.deviceId)
  if ('refusal' in device) return withoutDevice(reading, device.refusal, REVERSIBLE)
  const { floorBytes, onPartial, offlineSeconds = OFFLINE_SECONDS, kernelZone = 'refuse' } = question
  const policy = { floorBytes, onPartial, offlineSeconds, kernelZone }
  const blocks = plannedBlocks(device.blocks)
  const blockSizeBytes = BigInt(inspection.blockSizeBytes)
  const { share, refusal } = chooseShare(device, blocks, blockSizeBytes, question, 'offline')
  const part = partOf(blocks, share.blocks)
  const lossBytes = BigInt(countSpans(onlineSpans(part))) * blockSizeBytes
  const item: OfflineItem = {
    version: 1,
    kind: 'offline',
    invariants: invariantsOf(reading, device),
    preconditions: {
      daxName: device.name,
      driver: device.driver,
      blocks,
      hooks: planHooks(hooksOf(inspection.hooks, 'offline'), question.hookSeconds ?? HOOK_SECONDS),
    },
    prediction: device.prediction,
    share,
    lossBytes: String(lossBytes),
    policy,
    writes: toBlocks('offline', 'offline', notOfflineSpans(part)),
    recovery: onlineAgain(part),
  }
  const already = device.driver === 'kmem' && refusal === null && item.writes.length === 0
  const takenBytes = lossBytes + (lossBytes === 0n ? 0n : BigInt(question.reservedBytes))
  const against = await refuseOffline(
    host,
    reading,
    device,
    { blocks: part, policy, lossBytes: takenBytes },
    true,
  )
  const refusals = already ? [] : [...against, ...(refusal === null ? [] : [refusal])]
  const outlook = looksAhead ? await lookAhead(host, reading, item) : null
  return {
    item,
    digest: await digestOf(host, item),
    verdict: already ? 'already' : refusals.length > 0 ? 'refused' : 'offlinable',
    refusals,
    hazards: outlook === null ? [] : lossHazards(reading, item, outlook),
    reversible: REVERSIBLE,
    ...(outlook === null ? {} : { restore: outlook }),
  }
}
