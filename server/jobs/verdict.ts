import type { BlockRun, BlockSpan, Outcome, Prediction, ReadBack, Refusal, Zone } from '@/agents/protocol'
import { countBlocks } from '@/server/hosts/blocks'
import type { EndState } from './store'

/** All a verdict rests on. What the agent calls it is kept only to say when it differs. */
export interface Evidence {
  prediction: Prediction
  blockSizeBytes: bigint
  zone: Zone
  /** Raw states as the kernel showed them after the last write; null when nothing was read. */
  readBack: Pick<ReadBack, 'driver' | 'blocks'> | null
  /** The journal holds at least one intent: something may have been written. */
  wrote: boolean
  agent: { outcome: Outcome; message: string; next: string; refusals: Refusal[] } | null
  /** errno name of the last write that failed, if one did. */
  failedErrno: string | null
  /** The host's hook after the conversion did not end well: what was read back stands, and somebody has to look. */
  hookFailed: boolean
}

export interface Verdict {
  state: EndState
  message: string
  next: string
  causeCode: string | null
  /** Blocks read online × block size. */
  onlineBytes: bigint | null
  /** Movable, Normal, …, or mixed; null with none online. */
  zoneRead: string | null
}

/** What a job came to, from what the kernel shows; never from the agent's word. */
export function judge(evidence: Evidence): Verdict {
  const { readBack, agent, blockSizeBytes } = evidence
  const judged = readBack === null ? judgeUnread(evidence) : judgeRead(evidence, readBack)
  // It came out well, but a write on the way failed, an id left in kmem's list, say, or the hook after it did. Only the
  // agent knows the story.
  const isGood = judged.state === 'converted' || judged.state === 'already'
  const blemish = !isGood ? null : evidence.hookFailed ? 'hook_failed' : evidence.failedErrno
  const differs = agent !== null && agent.outcome !== judged.state
  return {
    state: judged.state,
    message: differs
      ? `${judged.message} (The agent called it ${agent.outcome}; what was read back decides.)`
      : blemish !== null && agent !== null
        ? `${judged.message} ${agent.message}`
        : judged.message,
    next: blemish !== null && agent !== null ? agent.next : judged.next,
    causeCode: judged.causeCode ?? (differs && blemish !== 'hook_failed' ? 'agent_disagrees' : blemish),
    onlineBytes: readBack === null ? null : BigInt(countBlocks(readBack.blocks).online) * blockSizeBytes,
    zoneRead: readBack === null ? null : zoneOf(readBack.blocks),
  }
}

type Judged = Pick<Verdict, 'state' | 'message' | 'next' | 'causeCode'>

function judgeRead(evidence: Evidence, { driver, blocks }: Pick<ReadBack, 'driver' | 'blocks'>): Judged {
  const { prediction, zone, wrote } = evidence
  const predicted = countSpans(prediction.blocks)
  const online = blocks.filter((run) => run.state === 'online')
  const there = overlap(prediction.blocks, online)
  const inZone = overlap(
    prediction.blocks,
    online.filter((run) => zoneFits(zone, run)),
  )
  if (driver === 'kmem') {
    if (predicted > 0 && inZone === predicted) {
      const where = `${there} of ${predicted} predicted blocks are online in ${zoneOf(blocks)}`
      return wrote
        ? { state: 'converted', message: `${where}.`, next: '', causeCode: null }
        : { state: 'already', message: `${where}; nothing had to be written.`, next: '', causeCode: null }
    }
    return {
      state: 'partial',
      message:
        there === predicted
          ? `All ${predicted} predicted blocks are online, but ${predicted - inZone} of them not in the zone asked (read: ${zoneOf(blocks)}).`
          : `${there} of ${predicted} predicted blocks are online${there > inZone ? `, ${there - inZone} of them not in the zone asked` : ''}.`,
      next:
        evidence.agent?.next || 'Look at the block strip on the host’s Memory page, then at the kernel log.',
      causeCode: evidence.failedErrno ?? (there === predicted ? 'other_zone' : 'blocks_offline'),
    }
  }
  if (online.length > 0) {
    return {
      state: 'stranded',
      message: `${countBlocks(blocks).online} blocks are online, but no kmem driver holds the device: they stay until the next reboot.`,
      next: 'Reboot the host when it suits; the device comes back as it was.',
      causeCode: 'stranded',
    }
  }
  if (!wrote) return judgeUnwritten(evidence)
  if (evidence.agent?.outcome === 'cancelled' && driver !== null)
    return fromAgent(evidence.agent, 'cancelled')
  return {
    state: 'failed',
    message: `${evidence.agent?.message ?? 'The conversion did not take.'} ${
      driver === null ? 'The device has no driver now.' : `The device is on ${driver}.`
    }`,
    next: evidence.agent?.next || 'Probe the host, then make a new plan.',
    causeCode:
      evidence.failedErrno ?? evidence.agent?.refusals[0]?.code ?? (driver === null ? 'unbound' : null),
  }
}

function judgeUnread(evidence: Evidence): Judged {
  if (!evidence.wrote) return judgeUnwritten(evidence)
  return {
    state: 'failed',
    message: 'The host sent no read-back after its writes, so nothing can be said to be converted.',
    next: 'Probe the host: the probe reads what the kernel shows.',
    causeCode: evidence.failedErrno ?? 'no_read_back',
  }
}

/** Nothing was written: then it can only have been refused, cancelled or failed, and the agent knows which. */
function judgeUnwritten({ agent }: Evidence): Judged {
  if (agent === null) {
    return {
      state: 'failed',
      message: 'The agent ended without an outcome. Nothing was written.',
      next: 'Start the conversion again.',
      causeCode: 'no_outcome',
    }
  }
  if (agent.outcome === 'refused' || agent.outcome === 'cancelled') return fromAgent(agent, agent.outcome)
  return fromAgent(agent, 'failed')
}

function fromAgent(agent: NonNullable<Evidence['agent']>, state: EndState): Judged {
  const refusal = agent.refusals[0]
  return {
    state,
    message: agent.message || refusal?.message || 'Nothing was written.',
    next: agent.next || refusal?.next || '',
    causeCode: refusal?.code ?? null,
  }
}

/** While a block is online, valid_zones begins with the zone it is in. */
function zoneName(run: BlockRun): string {
  return run.zones.trim().split(/\s+/)[0] || 'none'
}

function zoneFits(zone: Zone, run: BlockRun): boolean {
  if (zone === 'policy') return true
  return (zoneName(run) === 'Movable') === (zone === 'movable')
}

function zoneOf(blocks: readonly BlockRun[]): string | null {
  const zones = new Set(blocks.filter((run) => run.state === 'online').map(zoneName))
  return zones.size > 1 ? 'mixed' : ([...zones][0] ?? null)
}

function countSpans(spans: readonly BlockSpan[]): number {
  return spans.reduce((sum, [first, last]) => sum + Math.max(0, last - first + 1), 0)
}

/** Blocks of `spans` that lie in `runs`; a block told twice by overlapping runs counts once. */
function overlap(spans: readonly BlockSpan[], runs: readonly BlockRun[]): number {
  let count = 0
  for (const [first, last] of spans) {
    let next = first
    for (const run of runs.toSorted((a, b) => a.first - b.first)) {
      const from = Math.max(next, run.first)
      const to = Math.min(last, run.last)
      if (to < from) continue
      count += to - from + 1
      next = to + 1
    }
  }
  return count
}
