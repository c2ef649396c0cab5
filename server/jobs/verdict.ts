import type { ReadBack } from '@/agents/protocol'
import { countBlocks } from '@/server/hosts/blocks'
import {
  type ConvertEvidence,
  countSpans,
  type Evidence,
  fromAgent,
  type Judged,
  judgeUnread,
  judgeUnwritten,
  overlap,
  zoneFits,
  zoneOf,
} from './evidence'
import { judgePersisted } from './verdict-persist'
import { judgeGivenBack } from './verdict-restore'
import { judgeOffline, judgeOnline } from './verdict-share'

export interface Verdict extends Judged {
  /** Blocks read online × block size. */
  onlineBytes: bigint | null
  /** Movable, Normal, …, or mixed; null with none online. */
  zoneRead: string | null
}

const goodEnds: ReadonlySet<string> = new Set([
  'converted',
  'restored',
  'persisted',
  'unpersisted',
  'already',
])

/** What a job came to, from what the kernel shows; never from the agent's word. */
export function judge(evidence: Evidence): Verdict {
  const { readBack, agent, blockSizeBytes } = evidence
  const judged =
    readBack === null
      ? judgeUnread(evidence)
      : evidence.kind === 'restore'
        ? judgeGivenBack(evidence, readBack)
        : evidence.kind === 'convert'
          ? judgeConverted(evidence, readBack)
          : evidence.kind === 'online'
            ? judgeOnline(evidence, readBack)
            : evidence.kind === 'offline'
              ? judgeOffline(evidence, readBack)
              : judgePersisted(evidence, readBack)
  // It came out well, but a write on the way failed, an id left in kmem's list, say, or the hook after it did. Only the
  // agent knows the story.
  const isGood = goodEnds.has(judged.state)
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
    onlineBytes:
      readBack === null || 'files' in evidence
        ? null
        : BigInt(countBlocks(readBack.blocks).online) * blockSizeBytes,
    zoneRead: readBack === null ? null : zoneOf(readBack.blocks),
  }
}

function judgeConverted(
  evidence: ConvertEvidence,
  { driver, blocks }: Pick<ReadBack, 'driver' | 'blocks'>,
): Judged {
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
