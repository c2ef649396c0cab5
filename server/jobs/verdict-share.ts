import type { BlockRun, ReadBack } from '@/agents/protocol'
import {
  countSpans,
  fromAgent,
  type Judged,
  judgeUnwritten,
  type OfflineEvidence,
  type OnlineEvidence,
  overlap,
  zoneFits,
  zoneName,
  zoneOf,
} from './evidence'

type Read = Pick<ReadBack, 'driver' | 'blocks'>
const onlineOf = (blocks: readonly BlockRun[]) => blocks.filter(({ state }) => state === 'online')

/** kmem no longer holds the device, which no share ever asked for: told as it reads. */
function judgeUnheld({ agent }: OnlineEvidence | OfflineEvidence, { driver, blocks }: Read): Judged {
  const online = onlineOf(blocks).reduce((sum, { first, last }) => sum + last - first + 1, 0)
  if (online > 0) {
    return {
      state: 'stranded',
      message: `${online} blocks are online, but no kmem driver holds the device: they stay until the next reboot.`,
      next: 'Reboot the host when it suits; the device comes back as it was.',
      causeCode: 'stranded',
    }
  }
  return {
    state: 'failed',
    message: `kmem does not hold the device any more: it is on ${driver ?? 'no driver'}, with no block online.${agent?.message ? ` ${agent.message}` : ''}`,
    next: agent?.next || 'Probe the host, and look at who changed it.',
    causeCode: agent?.refusals[0]?.code ?? 'bound_elsewhere',
  }
}

/** How many blocks that were online before are online in their zone now; of all, or outside of the share. */
function kept({ before, share }: OnlineEvidence | OfflineEvidence, blocks: readonly BlockRun[]) {
  const online = onlineOf(blocks)
  const sums = { all: 0, allBefore: 0, inShare: 0, inShareBefore: 0 }
  for (const run of before) {
    if (run.state !== 'online') continue
    const same = online.filter((each) => zoneName(each) === zoneName(run))
    const parts = share.flatMap(([first, last]): [number, number][] =>
      Math.max(first, run.first) <= Math.min(last, run.last)
        ? [[Math.max(first, run.first), Math.min(last, run.last)]]
        : [],
    )
    sums.all += overlap([[run.first, run.last]], same)
    sums.allBefore += run.last - run.first + 1
    sums.inShare += overlap(parts, same)
    sums.inShareBefore += countSpans(parts)
  }
  return { ...sums, lostOutside: sums.allBefore - sums.inShareBefore - (sums.all - sums.inShare) }
}

const outside = (lost: number) =>
  lost === 0 ? '' : ` ${lost} other blocks of the device that were online are not as they were.`

/** Given back is a share of which every block reads offline, while kmem holds the device and the rest is as it was. */
export function judgeOffline(evidence: OfflineEvidence, read: Read): Judged {
  const { share, wrote, agent } = evidence
  if (read.driver !== 'kmem') return wrote ? judgeUnheld(evidence, read) : judgeUnwritten(evidence)
  const total = countSpans(share)
  const offline = overlap(
    share,
    read.blocks.filter(({ state }) => state === 'offline'),
  )
  const { all, allBefore, lostOutside } = kept(evidence, read.blocks)
  const why = agent?.message ? ` ${agent.message}` : ''
  if (offline === total && total > 0 && lostOutside === 0) {
    const where = `All ${total} blocks of the share are offline, and kmem keeps the device`
    return wrote
      ? { state: 'restored', message: `${where}.`, next: '', causeCode: null }
      : { state: 'already', message: `${where}; nothing had to be written.`, next: '', causeCode: null }
  }
  if (!wrote) return judgeUnwritten(evidence)
  if (all === allBefore) {
    if (agent?.outcome === 'cancelled') return fromAgent(agent, 'cancelled')
    return {
      state: 'failed',
      message: `Nothing was given back: all ${allBefore} blocks are online as they were.${why}`,
      next: agent?.next || 'Look at what holds its memory, then make a new plan.',
      causeCode: agent?.refusals[0]?.code ?? evidence.failedErrno ?? 'not_offline',
    }
  }
  return {
    state: 'partial',
    message: `${offline} of ${total} blocks of the share are offline.${outside(lostOutside)}${why}`,
    next: agent?.next || 'Make a new plan: give the rest back, or bring it online again.',
    causeCode: agent?.refusals[0]?.code ?? evidence.failedErrno ?? 'not_offline',
  }
}

/** Online is a share of which every block reads online in the zone asked, while kmem holds the device. */
export function judgeOnline(evidence: OnlineEvidence, read: Read): Judged {
  const { share, zone, wrote, agent } = evidence
  if (read.driver !== 'kmem') return wrote ? judgeUnheld(evidence, read) : judgeUnwritten(evidence)
  const total = countSpans(share)
  const online = onlineOf(read.blocks)
  const there = overlap(share, online)
  const inZone = overlap(
    share,
    online.filter((run) => zoneFits(zone, run)),
  )
  const { inShareBefore, lostOutside } = kept(evidence, read.blocks)
  if (inZone === total && total > 0 && lostOutside === 0) {
    const where = `All ${total} blocks of the share are online in ${zoneOf(online)}`
    return wrote
      ? { state: 'converted', message: `${where}.`, next: '', causeCode: null }
      : { state: 'already', message: `${where}; nothing had to be written.`, next: '', causeCode: null }
  }
  if (!wrote) return judgeUnwritten(evidence)
  const why = agent?.message ? ` ${agent.message}` : ''
  const causeCode = agent?.refusals[0]?.code ?? evidence.failedErrno
  if (there === inShareBefore && lostOutside === 0 && inZone <= inShareBefore) {
    if (agent?.outcome === 'cancelled') return fromAgent(agent, 'cancelled')
    return {
      state: 'failed',
      message: `None of the ${total} blocks of the share came online.${why}`,
      next: agent?.next || 'Look at the kernel log, then make a new plan.',
      causeCode: causeCode ?? 'blocks_offline',
    }
  }
  return {
    state: 'partial',
    message: `${inZone} of ${total} blocks of the share are online in the zone asked${there > inZone ? `, ${there - inZone} in another` : ''}.${outside(lostOutside)}${why}`,
    next: agent?.next || 'Make a new plan: what is missing can be brought online.',
    causeCode: there > inZone ? 'other_zone' : (causeCode ?? 'blocks_offline'),
  }
}
