import { countSpans, idsOf, spansText, toSpans } from '../lib/spans'
import { onlineSpans, plannedBlocks, zonesById } from '../plan/restore-blocks'
import type { OfflineItem, ReadBack, RestoreItem } from '../protocol'
import type { Judgement, Story } from './outcome'

/** In sentences: whole GiB, else MiB. */
export const mib = (bytes: bigint) =>
  bytes % 1073741824n === 0n ? `${bytes / 1073741824n} GiB` : `${bytes / 1048576n} MiB`

/** Blocks that were online when it was planned and are not now, or are in another zone. */
export function lostBlocks(item: RestoreItem | OfflineItem, read: Pick<ReadBack, 'blocks'>): number[] {
  const now = zonesById(plannedBlocks(read.blocks))
  const lost: number[] = []
  for (const [id, zone] of zonesById(item.preconditions.blocks)) if (now.get(id) !== zone) lost.push(id)
  return lost
}

/** The outcome of a giving back, from what was read back and nothing else. */
export function judgeRestore(
  item: RestoreItem | OfflineItem,
  read: ReadBack,
  { trouble, remark, stopped }: Story,
): Judgement {
  const name = item.preconditions.daxName
  const because = [remark, trouble]
    .flatMap((sentence) => (sentence === null ? [] : [` ${sentence}`]))
    .join('')
  const online = onlineSpans(plannedBlocks(read.blocks))
  if (item.kind === 'restore' && read.driver === 'device_dax' && read.blocks.length === 0) {
    const given = mib(BigInt(item.lossBytes))
    return {
      outcome: 'restored',
      message: `${name} is on device_dax again: ${given} of system RAM given back.${because}`,
      next: trouble === null ? '' : 'Nothing to do for the device; look at what went wrong on the way.',
    }
  }
  if (read.driver === 'kmem') {
    const lost = lostBlocks(item, read)
    if (lost.length > 0) {
      const there = [...idsOf(online)].length
      return {
        outcome: 'partial',
        message: `${stopped ? 'Stopped as asked: ' : ''}${name} is still bound to kmem with ${there} blocks online; blocks ${spansText(toSpans(lost))} are not as they were.${because}`,
        next: 'Plan again: to give back the rest, or to bring it all online.',
      }
    }
    const as = `every block of ${name} is as it was before, ${countSpans(online)} of them online`
    if (stopped && trouble === null) {
      const next = 'Make a new plan if it is still wanted.'
      return { outcome: 'cancelled', message: `Stopped as asked: ${as}.${because}`, next }
    }
    return {
      outcome: 'failed',
      message: `${name} was not given back: ${as}.${because}`,
      next: 'Remove the cause, then plan again.',
    }
  }
  if (read.blocks.length > 0) {
    return {
      outcome: 'stranded',
      message: `${name} has no kmem driver, but its memory is still plugged in, ${countSpans(online)} blocks of it online: the kernel cannot take it back.${because}`,
      next: 'Restart the host; until then the memory stays as it is.',
    }
  }
  return {
    outcome: 'failed',
    message: `kmem let go of ${name}, and it is bound to ${read.driver ?? 'no driver'}.${because}`,
    next: `Write ${name} to /sys/bus/dax/drivers/device_dax/bind on the host.`,
  }
}
