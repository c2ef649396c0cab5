import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutHold, RolloutProgress } from '@/server/rollouts/views/progress-schema'
import { type HostOutcome, itemStates } from '@/server/rollouts/vocabulary'
import { formatCount, plural } from './format'
import { KIND_WORDS } from './kind-words'
import { HOST_RUN_MARKS, ITEM_MARKS } from './rollout-states'
import { causeWords, waveName } from './rollout-words'
import type { Mark, Tone } from './states'

export const OUTCOME_MARKS: Record<HostOutcome, Mark> = {
  ...HOST_RUN_MARKS,
  converted: HOST_RUN_MARKS.succeeded,
  unknown: { tone: 'lost', word: 'Outcome unknown' },
}

/** In the order in which bars are drawn and counts are told. */
export const OUTCOMES = [
  'converted',
  'running',
  'unknown',
  'failed',
  'void',
  'cancelled',
  'skipped',
  'unstarted',
  'pending',
] as const satisfies readonly HostOutcome[]

export function outcomeCount(
  progress: Pick<RolloutProgress, 'hostsByOutcome'>,
  ...of: HostOutcome[]
): number {
  return of.reduce((sum, outcome) => sum + (progress.hostsByOutcome[outcome] ?? 0), 0)
}

type Policy = Pick<RolloutDetail['policy'], 'canaryHosts'>

/** Where it is, in one line: `wave 3 of 4, 313 of 1,204 hosts converted, 3 failed of 12 allowed`. */
export function progressSentence(progress: RolloutProgress, policy: Policy): string {
  const { hosts, waves, wave } = progress
  const done = `${formatCount(outcomeCount(progress, 'converted'))} of ${plural(hosts, 'host')} ${KIND_WORDS[progress.kind].past}`
  const where = waveName(wave, policy).toLowerCase()
  const ofWaves =
    waves.length > 1 ? `${where}${where === 'canary' ? ', wave 1' : ''} of ${waves.length}` : where
  return [ofWaves, done, ...failedWords(progress)].join(', ')
}

/** How many hosts failed, and how many may by the limit on hosts of all. */
function failedWords(progress: RolloutProgress): string[] {
  const failed = outcomeCount(progress, 'failed')
  const limit = progress.limits.find(({ reason }) => reason === 'hosts_failed')
  const allowed = limit === undefined || limit.allowed >= progress.hosts ? '' : ` of ${limit.allowed} allowed`
  const accepted = limit !== undefined && limit.failed < failed ? `, ${failed - limit.failed} accepted` : ''
  return failed === 0 && allowed === '' ? [] : [`${formatCount(failed)} failed${allowed}${accepted}`]
}

/** A cause of failure as a heading: an errno as the kernel names it, and an end nobody has a code for by its state. */
export function failureWords(cause: string): string {
  if (/^E[A-Z0-9]+$/.test(cause)) return cause
  const state = itemStates.find((each) => each === cause)
  return state === undefined ? causeWords(cause) : ITEM_MARKS[state].word
}

export interface HoldWords {
  tone: Tone
  message: string
  next: string
  /** When it ends by itself, to be counted down; null where it does not. */
  until: Date | null
}

/** Why no further host begins though the rollout runs, and what ends that. */
export function holdWords(hold: RolloutHold): HoldWords {
  switch (hold.type) {
    case 'fleet_stop':
      return {
        tone: 'fail',
        message: hold.unreadable
          ? 'The fleet-wide stop could not be read, which counts as pulled: no host begins.'
          : 'The fleet-wide stop is pulled: no host begins, and none gets leave to write.',
        next: 'Release the stop; the rollout goes on by itself where it is.',
        until: null,
      }
    case 'window':
      return {
        tone: 'wait',
        message: `Outside the hours in which hosts may start. Starts again at ${hold.from} ${hold.timeZone}.`,
        next: '',
        until: hold.opensAt,
      }
    case 'soak':
      return {
        tone: 'run',
        message: 'Soaking: the wave is left alone before its hosts are looked at again.',
        next: '',
        until: hold.until,
      }
    case 'check':
      return {
        tone: 'run',
        message: `Looking again at the hosts of this wave: ${formatCount(hold.hosts - hold.left)} of ${formatCount(hold.hosts)} are as their runs left them. One that does not answer in time has failed.`,
        next: '',
        until: hold.until,
      }
    case 'retry':
      return {
        tone: 'wait',
        message: `${plural(hold.hosts, 'host waits', 'hosts wait')} for a further try after a fault on the way to ${hold.hosts === 1 ? 'it' : 'them'}; nothing was written.`,
        next: '',
        until: hold.nextAt,
      }
    case 'settle':
      return {
        tone: 'wait',
        message: `${plural(hold.hosts, 'host is', 'hosts are')} in quarantine between two devices: a worker makes sure that nothing acts there any more, then goes on.`,
        next: 'Nothing to do unless it lasts; then a host’s page says what acts there.',
        until: hold.until,
      }
  }
}

/** Fewer hosts at once than the policy allows, because more could fail than may; null when it makes no difference. */
export function budgetWords({ inFlightBudget, maxInFlightHosts, state }: RolloutProgress): string | null {
  if (state !== 'running' || inFlightBudget >= maxInFlightHosts) return null
  return `At most ${plural(inFlightBudget, 'host')} at once instead of ${maxInFlightHosts}: no more may be in flight than may still fail, plus one.`
}

/** `2 of at most 16 hosts in flight`, with what the limits make of it now. */
export function inFlightWords(progress: RolloutProgress): string {
  const { inFlight, inFlightBudget, maxInFlightHosts } = progress
  if (progress.endedAt !== null) return `at most ${plural(maxInFlightHosts, 'host')} in flight`
  const most =
    budgetWords(progress) === null
      ? `${maxInFlightHosts}`
      : `${inFlightBudget} now (${maxInFlightHosts} by policy)`
  return `${formatCount(inFlight)} in flight of at most ${most}`
}

export interface Closing {
  tone: Tone
  message: string
  next: string
}

/** How it ended, in a true sentence, and the next action; null while it has not. */
export function closingWords(progress: RolloutProgress): Closing | null {
  const { kind, state, hosts, reasonText } = progress
  const converted = outcomeCount(progress, 'converted')
  const left = outcomeCount(progress, 'unstarted')
  const others = hosts - converted - left
  const counts = `${formatCount(converted)} of ${plural(hosts, 'host')} ${converted === 1 ? 'was' : 'were'} ${KIND_WORDS[kind].past}, as read back from the kernel`
  const rest = [
    ...(others > 0 ? [`${formatCount(others)} came to another end`] : []),
    ...(left > 0 ? [`${formatCount(left)} ${left === 1 ? 'was' : 'were'} never started`] : []),
  ]
  const message = `${[counts, ...rest].join(', ')}.`
  if (state === 'finished') {
    if (others === 0) return { tone: 'ok', message: `Finished. ${message}`, next: '' }
    return { tone: 'warn', message: `Finished. ${message}`, next: afterFailures(progress) }
  }
  if (state === 'stopped') {
    const next =
      left > 0 ? `Resume to go on with the rest. ${afterFailures(progress)}` : afterFailures(progress)
    return { tone: 'warn', message: `Stopped. ${reasonText} ${message}`, next: next.trim() }
  }
  if (state === 'aborted') {
    const next =
      left > 0 ? `Resume to go on with the rest. ${afterFailures(progress)}` : afterFailures(progress)
    return { tone: 'fail', message: `Aborted. ${message}`, next: next.trim() }
  }
  return null
}

function afterFailures(progress: RolloutProgress): string {
  const troubled = outcomeCount(progress, 'failed', 'void', 'cancelled')
  if (troubled === 0) return ''
  if (progress.retryableHosts === 0)
    return 'None of those that failed can be tried again under this approval: make a new rollout for them.'
  return `Look at the failures by cause, then retry ${progress.retryableHosts === 1 ? 'the one' : `the ${formatCount(progress.retryableHosts)}`} that can be tried again.`
}

/** Too few ends tell nothing about those to come. */
const ENOUGH_ENDS = 10

/**
 * How long the wave at work still takes at the pace of the hosts that ended in it so far; null where that would be a
 * guess: nothing begins, too few have ended, or what is left is not of this wave.
 */
export function etaMs(progress: RolloutProgress): number | null {
  const { state, holds, waves, wave, pace } = progress
  const atWork = waves.find((each) => each.wave === wave)
  if (state !== 'running' || holds.length > 0 || atWork === undefined || pace === null) return null
  const left = (['pending', 'running'] as const).reduce(
    (sum, each) => sum + (atWork.hostsByOutcome[each] ?? 0),
    0,
  )
  if (pace.hosts < ENOUGH_ENDS || left === 0) return null
  return Math.ceil((pace.spanMs / pace.hosts) * left)
}
