import type { Host } from '../host'
import { countSpans, idsOf, spansText, toSpans } from '../lib/spans'
import { readFiles } from '../persist/files'
import { tally } from '../plan/zone'
import type { ConvertItem, Outcome, PlanItem, ReadBack } from '../protocol'
import { DAX } from '../read/dax'
import { linkName } from '../read/files'
import { readBlocksOf, readMemTotal, readNodeLinks, readNodeMemTotal, toRuns } from '../read/memory'

/** What the kernel says now of the device, its predicted blocks and the memory: nothing is carried over. */
export async function readBack(host: Host, item: PlanItem): Promise<ReadBack> {
  const planned = [...idsOf(item.prediction.blocks)]
  const blocks = await readBlocksOf(host, planned, await readNodeLinks(host))
  const nodeTotal = await readNodeMemTotal(host, item.invariants.targetNode)
  return {
    driver: await linkName(host, `${DAX}/${item.preconditions.daxName}/driver`),
    blocks: toRuns(blocks),
    memTotalBytes: String(await readMemTotal(host)),
    nodeMemTotalBytes: nodeTotal === null ? null : String(nodeTotal),
    ...('files' in item ? { files: await readFiles(host, item) } : {}),
  }
}

export interface Judgement {
  outcome: Outcome
  message: string
  next: string
}

const gib = (bytes: bigint) =>
  bytes % 1073741824n === 0n ? `${bytes / 1073741824n} GiB` : `${bytes / 1048576n} MiB`

/** What is told beside the read-back: `trouble` is what went wrong, `remark` what is worth knowing. */
export interface Story {
  trouble: string | null
  remark: string | null
  /** It was asked to rest at the next safe point, and did. */
  stopped: boolean
}

/** The outcome, from what was read back and nothing else. */
export function judge(item: ConvertItem, read: ReadBack, { trouble, remark, stopped }: Story): Judgement {
  const { zone, blockSizeBytes } = item.invariants
  const name = item.preconditions.daxName
  const planned = countSpans(item.prediction.blocks)
  const blocks = tally(read.blocks, item.prediction, zone)
  const onlineBytes = BigInt(blockSizeBytes) * BigInt(blocks.online.length)
  const sentences = [remark, trouble].filter((sentence) => sentence !== null)
  const because = sentences.map((sentence) => ` ${sentence}`).join('')
  if (read.driver === 'kmem') {
    if (planned > 0 && blocks.inZone.length === planned) {
      return {
        outcome: 'converted',
        message: `${name} is system RAM: ${planned} of ${planned} blocks online, ${gib(onlineBytes)}.${because}`,
        next:
          trouble === null
            ? 'Nothing to do.'
            : 'Look at what went wrong on the way; the memory itself is online.',
      }
    }
    const missing = spansText(toSpans(blocks.notOnline))
    const elsewhere = blocks.online.length - blocks.inZone.length
    const parts = [`${blocks.online.length} of ${planned} blocks are online (${gib(onlineBytes)})`]
    if (missing !== '') parts.push(`blocks ${missing} are not`)
    if (elsewhere > 0) parts.push(`${elsewhere} are in another zone than ${zone}`)
    const as = stopped ? 'Stopped as asked: ' : ''
    return {
      outcome: 'partial',
      message: `${as}${name} is bound to kmem, but ${parts.join(', ')}.${because}`,
      next: stopped
        ? 'Plan again to bring the rest online.'
        : 'Look at the errors of the blocks, then plan again: what is missing can be brought online.',
    }
  }
  if (read.blocks.length > 0) {
    return {
      outcome: 'stranded',
      message: `${name} has no kmem driver, but ${blocks.online.length} of its blocks are online: the kernel cannot take them back.${because}`,
      next: 'Restart the host; until then the memory stays in use as it is.',
    }
  }
  if (read.driver === 'device_dax') {
    if (stopped && trouble === null) {
      return {
        outcome: 'cancelled',
        message: `Stopped as asked: ${name} is on device_dax, as before.${because}`,
        next: 'Make a new plan if the conversion is still wanted.',
      }
    }
    return {
      outcome: 'failed',
      message: `${name} was not converted and is on device_dax, as before.${because}`,
      next: 'Remove the cause, then plan again.',
    }
  }
  return {
    outcome: 'failed',
    message: `${name} was not converted and is bound to ${read.driver ?? 'no driver'}.${because}`,
    next: `Write ${name} to /sys/bus/dax/drivers/device_dax/bind on the host, then plan again.`,
  }
}
