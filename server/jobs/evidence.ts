import type {
  BlockRun,
  BlockSpan,
  FileState,
  Outcome,
  PlannedBlocks,
  Prediction,
  ReadBack,
  Refusal,
  Zone,
} from '@/agents/protocol'
import type { EndState } from './store'

/** All a verdict rests on. What the agent calls it is kept only to say when it differs. */
export type Evidence = ConvertEvidence | RestoreEvidence | OnlineEvidence | OfflineEvidence | PersistEvidence

/** What a verdict takes of a read-back, or of a look at the host where there is none. */
export interface Shown extends Pick<ReadBack, 'driver' | 'blocks' | 'files'> {
  /** Of files that are as they are to be: why nothing would come back all the same. */
  filesFault?: string | null
}

interface Shared {
  blockSizeBytes: bigint
  /** Raw states as the kernel showed them after the last write; null when nothing was read. */
  readBack: Shown | null
  /** The journal holds at least one intent: something may have been written. */
  wrote: boolean
  agent: { outcome: Outcome; message: string; next: string; refusals: Refusal[] } | null
  /** errno name of the last write that failed, if one did. */
  failedErrno: string | null
  /** The host's hook after the last write did not end well: what was read back stands, and somebody has to look. */
  hookFailed: boolean
}

export interface ConvertEvidence extends Shared {
  kind: 'convert'
  prediction: Prediction
  zone: Zone
}

export interface RestoreEvidence extends Shared {
  kind: 'restore'
  /** The device's blocks as they read when it was planned. */
  before: PlannedBlocks[]
}

export interface OnlineEvidence extends Shared {
  kind: 'online'
  before: PlannedBlocks[]
  share: BlockSpan[]
  zone: Zone
}

export interface OfflineEvidence extends Shared {
  kind: 'offline'
  before: PlannedBlocks[]
  share: BlockSpan[]
}

export interface PersistEvidence extends Shared {
  kind: 'persist' | 'unpersist'
  /** Every file as it was to be. */
  files: FileState[]
}

export interface Judged {
  state: EndState
  message: string
  next: string
  causeCode: string | null
}

/** Nothing was read back: then nothing of what was written may be claimed. */
export function judgeUnread(evidence: Evidence): Judged {
  if (!evidence.wrote) return judgeUnwritten(evidence)
  return {
    state: 'failed',
    message: 'The host sent no read-back after its writes, so nothing can be said of what it did.',
    next: 'Probe the host: the probe reads what the kernel shows.',
    causeCode: evidence.failedErrno ?? 'no_read_back',
  }
}

/** Nothing was written: then it can only have been refused, cancelled or failed, and the agent knows which. */
export function judgeUnwritten({ agent }: Evidence): Judged {
  if (agent === null) {
    return {
      state: 'failed',
      message: 'The agent ended without an outcome. Nothing was written.',
      next: 'Start it again.',
      causeCode: 'no_outcome',
    }
  }
  if (agent.outcome === 'refused' || agent.outcome === 'cancelled') return fromAgent(agent, agent.outcome)
  return fromAgent(agent, 'failed')
}

/** In the words of the agent, which alone knows the story. */
export function fromAgent(agent: NonNullable<Evidence['agent']>, state: EndState): Judged {
  const refusal = agent.refusals[0]
  return {
    state,
    message: agent.message || refusal?.message || 'Nothing was written.',
    next: agent.next || refusal?.next || '',
    causeCode: refusal?.code ?? null,
  }
}

/** While a block is online, valid_zones begins with the zone it is in. */
export function zoneName(run: Pick<BlockRun, 'zones'>): string {
  return run.zones.trim().split(/\s+/)[0] || 'none'
}

/** Whether an online block is in the zone asked; `policy` takes any. */
export function zoneFits(zone: Zone, run: BlockRun): boolean {
  if (zone === 'policy') return true
  return (zoneName(run) === 'Movable') === (zone === 'movable')
}

/** The zone of the blocks that are online: its name, `mixed`, or null with none online. */
export function zoneOf(blocks: readonly BlockRun[]): string | null {
  const zones = new Set(blocks.filter((run) => run.state === 'online').map(zoneName))
  return zones.size > 1 ? 'mixed' : ([...zones][0] ?? null)
}

/** How many blocks these spans hold. */
export function countSpans(spans: readonly BlockSpan[]): number {
  return spans.reduce((sum, [first, last]) => sum + Math.max(0, last - first + 1), 0)
}

/** Blocks of `spans` that lie in `runs`; a block told twice by overlapping runs counts once. */
export function overlap(spans: readonly BlockSpan[], runs: readonly BlockRun[]): number {
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
