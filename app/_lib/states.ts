import type { HostRow } from '@/server/hosts/schemas/row'
import type { DeviceStateName, HostStandingName } from '@/server/hosts/vocabulary'
import { type EndedJobStateName, endedJobStates, type JobStateName } from '@/server/jobs/vocabulary'
import type { PlanKind } from '@/server/plans/vocabulary'
import { KIND_WORDS } from './kind-words'

/** State is shape and colour and word; the tone decides shape and colour, the word says it. */
export type Tone = 'ok' | 'run' | 'wait' | 'warn' | 'fail' | 'skip' | 'lost'
export interface Mark {
  tone: Tone
  word: string
}

export const GLYPHS: Record<Tone, string> = {
  ok: '●',
  run: '◐',
  wait: '○',
  warn: '▲',
  fail: '■',
  skip: '◇',
  lost: '✕',
}

const HOST_MARKS: Record<HostStandingName, Mark> = {
  new: { tone: 'wait', word: 'Not probed yet' },
  key_review: { tone: 'warn', word: 'Key to review' },
  key_changed: { tone: 'fail', word: 'Key changed' },
  ready: { tone: 'ok', word: 'Ready' },
  needs_attention: { tone: 'warn', word: 'Needs attention' },
  unreachable: { tone: 'lost', word: 'Unreachable' },
  auth_refused: { tone: 'fail', word: 'Sign-in refused' },
  sudo_refused: { tone: 'fail', word: 'sudo refused' },
  agent_failed: { tone: 'fail', word: 'Agent failed' },
  quarantined: { tone: 'warn', word: 'Quarantined' },
  foreign: { tone: 'fail', word: 'Another installation’s' },
}

export const STUCK: Mark = { tone: 'warn', word: 'Stuck in the kernel' }
const OUTCOME_UNKNOWN: Mark = { tone: 'lost', word: 'Outcome unknown' }

type MarkedHost = Pick<
  HostRow,
  | 'standing'
  | 'probing'
  | 'activeJobId'
  | 'activeJobKind'
  | 'activeJobState'
  | 'activeJobStuck'
  | 'keyRejected'
>

/** Work in progress outranks the state it started from; what nobody can tell of it is called so. */
export function hostMark(host: MarkedHost): Mark {
  if (host.activeJobStuck) return STUCK
  if (host.activeJobState === 'unknown') return isAsked(host) ? OUTCOME_UNKNOWN : HOST_MARKS[host.standing]
  if (host.activeJobId !== null)
    return { tone: 'run', word: KIND_WORDS[host.activeJobKind ?? 'convert'].doing }
  if (host.keyRejected) return { tone: 'fail', word: 'Key rejected' }
  if (host.probing && host.standing === 'new') return { tone: 'run', word: 'Probing' }
  return HOST_MARKS[host.standing]
}

/** False where something stands before the question what became of a run: whose the host is, or which key it has. */
function isAsked({ standing }: Pick<HostRow, 'standing'>): boolean {
  return standing !== 'foreign' && standing !== 'key_review' && standing !== 'key_changed'
}

/** Of a host of which nothing else is told, as in a map of all of them. */
export function standingMark(standing: string): Mark {
  return Object.entries(HOST_MARKS).find(([name]) => name === standing)?.[1] ?? HOST_MARKS.new
}

/** Standings a person has to do something about. */
export const ATTENTION_STANDINGS: readonly HostStandingName[] = [
  'needs_attention',
  'key_review',
  'key_changed',
  'unreachable',
  'auth_refused',
  'sudo_refused',
  'agent_failed',
  'quarantined',
  'foreign',
]

export const DEVICE_MARKS: Record<DeviceStateName, Mark> = {
  convertible: { tone: 'wait', word: 'Convertible' },
  incompatible: { tone: 'skip', word: 'Not convertible' },
  system_ram: { tone: 'ok', word: 'System RAM' },
  partial: { tone: 'warn', word: 'Partial' },
  unbound: { tone: 'warn', word: 'Unbound' },
  stranded: { tone: 'fail', word: 'Stranded until reboot' },
  gone: { tone: 'lost', word: 'Gone' },
}

/** On a host about which nothing may be decided a device is what it was when last read: a run may have changed it. */
export function deviceMark(host: Pick<HostRow, 'state'>, device: { state: DeviceStateName }): Mark {
  const mark = DEVICE_MARKS[device.state]
  if (host.state !== 'quarantined' && host.state !== 'foreign') return mark
  return { tone: 'lost', word: `Last read: ${mark.word}` }
}

const JOB_MARKS: Record<JobStateName, Mark> = {
  queued: { tone: 'wait', word: 'Queued' },
  dispatching: { tone: 'run', word: 'Contacting' },
  preflight: { tone: 'run', word: 'Checking' },
  acting: { tone: 'run', word: 'Converting' },
  verifying: { tone: 'run', word: 'Reading back' },
  unknown: { tone: 'lost', word: 'Unknown' },
  converted: { tone: 'ok', word: 'Converted' },
  restored: { tone: 'ok', word: 'Given back' },
  persisted: { tone: 'ok', word: 'Kept over reboots' },
  unpersisted: { tone: 'ok', word: 'Not kept over reboots' },
  already: { tone: 'ok', word: 'Already RAM' },
  partial: { tone: 'warn', word: 'Partial' },
  refused: { tone: 'skip', word: 'Refused' },
  failed: { tone: 'fail', word: 'Failed' },
  stranded: { tone: 'fail', word: 'Stranded' },
  cancelled: { tone: 'skip', word: 'Cancelled' },
  lost: { tone: 'lost', word: 'Lost' },
}

/** A run's state; what has two names by what it is for has the right one. */
export function jobMark({ kind, state }: { kind: PlanKind; state: JobStateName }): Mark {
  if (state === 'acting') return { ...JOB_MARKS.acting, word: KIND_WORDS[kind].doing }
  if (state === 'already') return { ...JOB_MARKS.already, word: KIND_WORDS[kind].already }
  if (state === 'converted') return { ...JOB_MARKS.converted, word: KIND_WORDS[kind].done }
  return JOB_MARKS[state]
}

const ENDED: ReadonlySet<JobStateName> = new Set(endedJobStates)

export function isEnded(state: JobStateName): state is EndedJobStateName {
  return ENDED.has(state)
}

export type Tier = 'dram' | 'pmem' | 'cxl' | 'hbm'

/** Which tier's colour a device's kind wears. */
export function tierOf(kind: string): Tier {
  if (kind === 'cxl') return 'cxl'
  if (kind === 'hmem') return 'hbm'
  return 'pmem'
}
