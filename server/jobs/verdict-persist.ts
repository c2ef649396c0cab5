import type { FileState } from '@/agents/protocol'
import { fromAgent, type Judged, judgeUnwritten, type PersistEvidence, type Shown } from './evidence'

const is = (file: FileState) => (found: FileState) =>
  found.path === file.path && found.is === file.is && found.sha256 === file.sha256

/** What comes back after a restart is what its files say, each read back and held against what was approved. */
export function judgePersisted(
  evidence: PersistEvidence,
  { files, filesFault = null }: Pick<Shown, 'files' | 'filesFault'>,
): Judged {
  const { kind, wrote, agent } = evidence
  if (files === undefined) return wrote ? unread(evidence) : judgeUnwritten(evidence)
  const wrong = evidence.files.filter((file) => !files.some(is(file)))
  if (wrong.length === 0 && filesFault === null) {
    const message =
      kind === 'persist'
        ? 'All its files are in place: it comes back after each restart of the host'
        : 'Its files are gone: it comes back after a restart no more'
    return wrote
      ? { state: `${kind}ed`, message: `${message}.`, next: '', causeCode: null }
      : { state: 'already', message: `${message}; nothing had to be written.`, next: '', causeCode: null }
  }
  if (!wrote) return judgeUnwritten(evidence)
  if (agent?.outcome === 'cancelled') return fromAgent(agent, 'cancelled')
  const told = [
    ...(wrong.length === 0 ? [] : [`${wrong.map(({ path }) => path).join(', ')}: not as approved.`]),
    ...(filesFault === null ? [] : [`Nothing would come back: ${filesFault}.`]),
    ...(agent === null ? [] : [agent.message]),
  ]
  return {
    state: 'failed',
    message: told.join(' '),
    next: agent?.next || 'Make a new plan: it does what is left to do.',
    causeCode: evidence.failedErrno ?? agent?.refusals[0]?.code ?? 'files_differ',
  }
}

function unread({ failedErrno }: PersistEvidence): Judged {
  return {
    state: 'failed',
    message: 'The host did not say how its files read after the writes.',
    next: 'Probe the host: its page shows what comes back after a restart.',
    causeCode: failedErrno ?? 'no_read_back',
  }
}
