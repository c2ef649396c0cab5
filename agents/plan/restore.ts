import type { Host } from '../host'
import { countSpans } from '../lib/spans'
import {
  type DaxDevice,
  type Hazard,
  HOOK_SECONDS,
  OFFLINE_SECONDS,
  type OfflineItem,
  type PlanResult,
  type RestoreItem,
  type RestoreOutlook,
  type RestoreQuestion,
} from '../protocol'
import { findPageHolders, holdersText, readNodeUse } from '../read/holders'
import type { Reading } from '../read/inspect'
import { hooksOf, planHooks } from './hooks'
import { digestOf, findDevice, invariantsOf, isKmems, withoutDevice } from './plan'
import { onlineSpans, plannedBlocks } from './restore-blocks'
import { availableAfter, refuseOffline } from './restore-refusals'
import { planRestoreWrites } from './restore-writes'

const REVERSIBLE = { yes: true, why: 'The device can be converted again.' }
const mib = (bytes: bigint) => `${bytes / 1048576n} MiB`

function buildItem(
  reading: Reading,
  device: DaxDevice,
  policy: RestoreItem['policy'],
  hookSeconds: number,
): RestoreItem {
  const { inspection } = reading
  const blocks = plannedBlocks(device.blocks)
  const lossBytes = BigInt(countSpans(onlineSpans(blocks))) * BigInt(inspection.blockSizeBytes)
  return {
    version: 1,
    kind: 'restore',
    invariants: invariantsOf(reading, device),
    preconditions: {
      daxName: device.name,
      driver: device.driver,
      blocks,
      hooks: planHooks(hooksOf(inspection.hooks, 'restore'), hookSeconds),
    },
    prediction: device.prediction,
    lossBytes: String(lossBytes),
    policy,
    ...planRestoreWrites(device, blocks, isKmems(reading, device)),
  }
}

/** Figures of the moment, for people. */
export async function lookAhead(
  host: Host,
  reading: Reading,
  item: RestoreItem | OfflineItem,
): Promise<RestoreOutlook> {
  const { availableBytes } = reading.inspection.memory
  const { targetNode } = item.invariants
  const use = await readNodeUse(host, targetNode)
  return {
    availableBytes,
    availableAfterBytes: String(availableAfter(BigInt(availableBytes), BigInt(item.lossBytes))),
    memmapReturnedBytes:
      item.kind === 'restore' && item.prediction.memmapFrom === 'normal' ? item.prediction.memmapBytes : '0',
    nodeUsedBytes: use === null ? null : String(use.usedBytes),
    holders: await findPageHolders(host, targetNode),
  }
}

/** What is to be minded where memory goes. */
export function lossHazards(
  reading: Reading,
  item: RestoreItem | OfflineItem,
  { holders }: RestoreOutlook,
): Hazard[] {
  const { targetNode } = item.invariants
  const hazards = reading.inspection.hazards.filter(
    ({ code }) => code === 'daxctl_persistence' || code === 'kdump' || code === 'unreadable_users',
  )
  if (item.lossBytes !== '0') {
    const message = `The host loses ${mib(BigInt(item.lossBytes))}; whoever read its capacity at start (kubelet, databases) goes on with the old one.`
    hazards.push({ code: 'memory_shrinks', message })
  }
  if (holders.length > 0) {
    const message = `Some pages may not let themselves be moved: ${holdersText(holders, targetNode)}.`
    hazards.push({ code: 'held_pages', message })
  }
  return hazards
}

/**
 * Plans the giving back of one device from a reading. `looksAhead`: with what only people want to know, which takes a
 * look at every process. Writes nothing.
 */
export async function makeRestorePlan(
  host: Host,
  reading: Reading,
  question: RestoreQuestion,
  looksAhead: boolean,
): Promise<PlanResult & { item: RestoreItem | null }> {
  const device = await findDevice(host, reading, question.deviceId)
  if ('refusal' in device) return { ...withoutDevice(reading, device.refusal, REVERSIBLE), item: null }
  const { floorBytes, onPartial, offlineSeconds = OFFLINE_SECONDS, kernelZone = 'refuse' } = question
  const policy = { floorBytes, onPartial, offlineSeconds, kernelZone }
  const item = buildItem(reading, device, policy, question.hookSeconds ?? HOOK_SECONDS)
  const { blocks } = item.preconditions
  const already = device.driver === 'device_dax' && blocks.length === 0
  const lossBytes = BigInt(item.lossBytes) + BigInt(item.lossBytes === '0' ? 0 : question.reservedBytes)
  const refusals = already
    ? []
    : await refuseOffline(host, reading, device, { blocks, policy, lossBytes }, false)
  const outlook = looksAhead ? await lookAhead(host, reading, item) : null
  return {
    item,
    digest: await digestOf(host, item),
    verdict: already ? 'already' : refusals.length > 0 ? 'refused' : 'restorable',
    refusals,
    hazards: outlook === null ? [] : lossHazards(reading, item, outlook),
    reversible: REVERSIBLE,
    ...(outlook === null ? {} : { restore: outlook }),
  }
}
