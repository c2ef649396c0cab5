import type { BlockSpan, ReadBack } from '@/agents/protocol'
import { fromAgent, type Judged, judgeUnwritten, overlap, type RestoreEvidence, zoneName } from './evidence'

/** Given back is what device_dax holds with no block of it left. Whatever else reads back is told as it is. */
export function judgeGivenBack(
  evidence: RestoreEvidence,
  { driver, blocks }: Pick<ReadBack, 'driver' | 'blocks'>,
): Judged {
  const online = countOf(blocks.filter(({ state }) => state === 'online'))
  if (driver !== 'kmem' && online > 0) {
    return {
      state: 'stranded',
      message: `${online} blocks are online, but no kmem driver holds the device: they stay until the next reboot.`,
      next: 'Reboot the host when it suits; the device comes back as it was.',
      causeCode: 'stranded',
    }
  }
  if (driver === 'device_dax' && blocks.length === 0) {
    const where = 'The device is on device_dax, and no block of it is left in the host’s memory'
    return evidence.wrote
      ? { state: 'restored', message: `${where}.`, next: '', causeCode: null }
      : { state: 'already', message: `${where}; nothing had to be written.`, next: '', causeCode: null }
  }
  if (!evidence.wrote) return judgeUnwritten(evidence)
  if (driver === 'kmem') return judgeKept(evidence, blocks)
  return {
    state: 'failed',
    message: `${evidence.agent?.message ?? 'It was not given back.'} ${
      driver === null
        ? 'Its blocks are offline, and the device has no driver now.'
        : `The device is on ${driver}.`
    }`,
    next: evidence.agent?.next || `Bind it to device_dax, then probe the host.`,
    causeCode: causeOf(evidence) ?? (driver === null ? 'unbound' : null),
  }
}

/** kmem still holds it: nothing went, all of it is back, or some of it is offline. */
function judgeKept(evidence: RestoreEvidence, blocks: ReadBack['blocks']): Judged {
  const before = evidence.before.filter(({ state }) => state === 'online')
  const total = countOf(before)
  const online = blocks.filter(({ state }) => state === 'online')
  const there = overlap(spansOf(before), online)
  const inZone = before.reduce(
    (sum, run) =>
      sum +
      overlap(
        spansOf([run]),
        online.filter((each) => zoneName(each) === zoneName(run)),
      ),
    0,
  )
  const why = evidence.agent?.message ? ` ${evidence.agent.message}` : ''
  if (inZone === total && total > 0) {
    if (evidence.agent?.outcome === 'cancelled') return fromAgent(evidence.agent, 'cancelled')
    return {
      state: 'failed',
      message: `Nothing was given back: all ${total} blocks are online as they were.${why}`,
      next: evidence.agent?.next || 'Look at what holds its memory, then make a new plan.',
      causeCode: causeOf(evidence) ?? 'not_offline',
    }
  }
  return {
    state: 'partial',
    message:
      there === total && total > 0
        ? `All ${total} blocks are online again, but ${total - inZone} of them in another zone than before.${why}`
        : `${total - there} of ${total} blocks are offline, and kmem still holds the device.${why}`,
    next: evidence.agent?.next || 'Make a new plan: give the rest back, or bring it online again.',
    causeCode: there === total && total > 0 ? 'other_zone' : (causeOf(evidence) ?? 'not_offline'),
  }
}

/** The agent's reason clusters better than an errno, which most of these have alike. */
function causeOf({ agent, failedErrno }: RestoreEvidence): string | null {
  return agent?.refusals[0]?.code ?? failedErrno
}

function spansOf(runs: readonly { first: number; last: number }[]): BlockSpan[] {
  return runs.map(({ first, last }) => [first, last])
}

function countOf(runs: readonly { first: number; last: number }[]): number {
  return runs.reduce((sum, { first, last }) => sum + last - first + 1, 0)
}
