import { countSpans, inSpans, spansText, toSpans } from '../lib/spans'
import { plannedBlocks, zonesById } from '../plan/restore-blocks'
import { partOf } from '../plan/share'
import { tally } from '../plan/zone'
import type { OfflineItem, OnlineItem, ReadBack } from '../protocol'
import type { Judgement, Story } from './outcome'
import { judgeRestore, lostBlocks, mib } from './restore-outcome'

const because = ({ remark, trouble }: Story) =>
  [remark, trouble].flatMap((sentence) => (sentence === null ? [] : [` ${sentence}`])).join('')
const onTheWay = (trouble: string | null) => (trouble === null ? '' : 'Look at what went wrong on the way.')

/** The outcome of taking a share offline, from what was read back and nothing else. */
export function judgeOffline(item: OfflineItem, read: ReadBack, story: Story): Judgement {
  const { share, preconditions } = item
  const offline = partOf(
    plannedBlocks(read.blocks).filter(({ state }) => state === 'offline'),
    share.blocks,
  )
  const isWhole = countSpans(offline.map(({ first, last }) => [first, last])) === countSpans(share.blocks)
  const others = lostBlocks(item, read).filter((id) => !inSpans(share.blocks, id))
  if (read.driver !== 'kmem' || !isWhole || others.length > 0) return judgeRestore(item, read, story)
  return {
    outcome: 'restored',
    message: `${mib(BigInt(share.bytes))} of ${preconditions.daxName} are offline (blocks ${spansText(share.blocks)}); kmem keeps the device.${because(story)}`,
    next: onTheWay(story.trouble),
  }
}

/** The outcome of bringing a share online, from what was read back and nothing else. */
export function judgeOnline(item: OnlineItem, read: ReadBack, story: Story): Judgement {
  const { share, preconditions, invariants } = item
  const name = preconditions.daxName
  const there = tally(read.blocks, share, invariants.zone)
  const wanted = countSpans(share.blocks)
  if (read.driver !== 'kmem') {
    return {
      outcome: there.online.length > 0 ? 'stranded' : 'failed',
      message: `${name} is bound to ${read.driver ?? 'no driver'}, with ${there.online.length} of these blocks online.${because(story)}`,
      next: there.online.length > 0 ? 'Restart the host.' : 'Convert the device, then plan again.',
    }
  }
  if (there.inZone.length === wanted) {
    return {
      outcome: 'converted',
      message: `${mib(BigInt(share.bytes))} of ${name} are online (blocks ${spansText(share.blocks)}).${because(story)}`,
      next: onTheWay(story.trouble),
    }
  }
  const before = zonesById(preconditions.blocks)
  const added = there.online.filter((id) => !before.has(id))
  const as = story.stopped ? 'Stopped as asked: ' : ''
  if (added.length === 0) {
    const next = story.stopped
      ? 'Make a new plan if it is still wanted.'
      : 'Remove the cause, then plan again.'
    return {
      outcome: story.stopped && story.trouble === null ? 'cancelled' : 'failed',
      message: `${as}none of the ${wanted} blocks of ${name} came online.${because(story)}`,
      next,
    }
  }
  const missing =
    there.notOnline.length === 0 ? '' : ` Blocks ${spansText(toSpans(there.notOnline))} are not online.`
  const elsewhere = there.online.length - there.inZone.length
  const strays = elsewhere === 0 ? '' : ` ${elsewhere} are in another zone than ${invariants.zone}.`
  return {
    outcome: 'partial',
    message: `${as}${there.inZone.length} of ${wanted} blocks of ${name} are online in the zone asked.${missing}${strays}${because(story)}`,
    next: 'Plan again: what is missing can be brought online.',
  }
}
