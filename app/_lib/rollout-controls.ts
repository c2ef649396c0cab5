import type { RolloutProgress } from '@/server/rollouts/views/progress-schema'
import type { RolloutState } from '@/server/rollouts/vocabulary'
import { formatCount, plural } from './format'
import { outcomeCount } from './rollout-run-words'

export const CONTROLS = ['pause', 'resume', 'stop', 'abort', 'retryFailed'] as const
export type Control = (typeof CONTROLS)[number]

export interface ControlWords {
  label: string
  title: string
  /** Says before it is pressed what it does to hosts in flight, to those that wait, and what can be done afterwards. */
  meaning: readonly string[]
  confirm: string
  danger: boolean
  /** Why it is not possible now; null when it is. */
  blocked: string | null
}

const ENDED: ReadonlySet<RolloutState> = new Set(['finished', 'stopped', 'aborted', 'discarded'])

export function isEndedRollout(state: RolloutState): boolean {
  return ENDED.has(state)
}

/** What an operator can tell a rollout now, each in words. */
export function controlWords(control: Control, progress: RolloutProgress): ControlWords {
  const { state, inFlight, retryableHosts } = progress
  const waiting = outcomeCount(progress, 'pending')
  const left = outcomeCount(progress, 'unstarted')
  const flying = inFlight === 0 ? 'No host is in flight.' : `${plural(inFlight, 'host')} in flight`
  const comes =
    inFlight === 0 ? flying : `${flying} ${inFlight === 1 ? 'comes to its' : 'come to their'} end.`
  const held = waiting === 0 ? 'No host waits.' : `${plural(waiting, 'host that waits', 'hosts that wait')}`
  switch (control) {
    case 'pause':
      return {
        label: 'Pause',
        title: 'Pause the rollout',
        meaning: [
          `No further host begins. ${comes}`,
          `${waiting === 0 ? held : `${held} ${waiting === 1 ? 'stays' : 'stay'} in line`}. Resume goes on from here.`,
        ],
        confirm: 'Pause',
        danger: false,
        blocked: unless(state, ['running'], 'pause'),
      }
    case 'resume':
      return resumeWords(progress, waiting, left)
    case 'stop':
      return {
        label: inFlight === 0 ? 'Stop' : `Stop after ${formatCount(inFlight)} in flight`,
        title: 'Stop the rollout',
        meaning: [
          `No further host begins. ${comes}`,
          `${waiting === 0 ? held : `${held} ${waiting === 1 ? 'is' : 'are'} left unstarted, and free for other rollouts`}. Resume can take them up again.`,
        ],
        confirm: 'Stop',
        danger: false,
        blocked: unless(state, ['running', 'paused'], 'stop'),
      }
    case 'abort':
      return {
        label: 'Abort…',
        title: 'Abort the rollout',
        meaning: [
          inFlight === 0
            ? flying
            : `${flying} ${inFlight === 1 ? 'is' : 'are'} asked to stop now. What has written nothing is cancelled at once; the rest stops at its next safe point, which may leave a device partly converted.`,
          waiting === 0 ? held : `${held} ${waiting === 1 ? 'is' : 'are'} left unstarted.`,
        ],
        confirm: inFlight === 0 ? 'Abort' : `Abort ${formatCount(inFlight)} in flight`,
        danger: true,
        blocked: unless(state, ['running', 'paused', 'stopping'], 'abort'),
      }
    case 'retryFailed':
      return {
        label:
          retryableHosts === 0 ? 'Retry failed only' : `Retry ${formatCount(retryableHosts)} failed only`,
        title: 'Retry failed only',
        meaning: [
          `${plural(retryableHosts, 'host that failed', 'hosts that failed')} or ${retryableHosts === 1 ? 'was' : 'were'} cancelled ${retryableHosts === 1 ? 'waits' : 'wait'} for ${retryableHosts === 1 ? 'its' : 'their'} turn again, under the plans that were approved. What is converted is left alone, and no other host begins.`,
          'Failures there were until now are accepted: the limits count from here.',
          ...(inFlight === 0 ? [] : [comes]),
        ],
        confirm: `Retry ${plural(retryableHosts, 'host')}`,
        danger: false,
        blocked: retryBlocked(state, retryableHosts),
      }
  }
}

function resumeWords(progress: RolloutProgress, waiting: number, left: number): ControlWords {
  const { state, inFlight, waves } = progress
  const paused = state === 'paused'
  const checked = waves.reduce((sum, wave) => sum + wave.checked, 0)
  const isOver = !paused && left === 0 && outcomeCount(progress, 'converted') <= checked
  const next = paused ? waiting : left
  return {
    label: 'Resume',
    title: 'Resume the rollout',
    meaning: [
      next === 0
        ? 'What was converted is looked at again; no host is left to start.'
        : `${plural(next, 'host')} ${paused ? (next === 1 ? 'that waits is' : 'that wait are') : next === 1 ? 'that was left unstarted is' : 'that were left unstarted are'} taken up again, wave by wave, under the same approval.`,
      ...(paused
        ? []
        : [
            'Failures there were until now are accepted: the limits count from here. Hosts that failed stay as they are.',
          ]),
      ...(inFlight === 0
        ? []
        : [`${plural(inFlight, 'host')} in flight ${inFlight === 1 ? 'goes' : 'go'} on.`]),
    ],
    confirm: 'Resume',
    danger: false,
    blocked:
      unless(state, ['paused', 'stopped', 'aborted'], 'resume') ??
      (isOver ? 'No host is left to start. What failed can be retried, if anything.' : null),
  }
}

export function retryBlocked(state: RolloutState, retryable: number): string | null {
  if (!['paused', 'stopped', 'aborted', 'finished'].includes(state))
    return 'Pause or stop the rollout first: what failed is tried again once nothing new begins.'
  return retryable > 0 ? null : 'No host has failed in a way that the approved plan could be tried again.'
}

const NOW: Record<RolloutState, string> = {
  planning: 'is being planned',
  ready: 'is not approved yet',
  running: 'runs',
  paused: 'is paused already',
  stopping: 'is stopping',
  aborting: 'is being aborted',
  finished: 'has finished',
  stopped: 'has stopped',
  aborted: 'was aborted',
  discarded: 'was discarded',
}
const DOES: Record<Exclude<Control, 'retryFailed'>, string> = {
  pause: 'there is nothing to pause',
  resume: 'there is nothing to resume',
  stop: 'there is nothing to stop',
  abort: 'there is nothing to abort',
}

function unless(
  state: RolloutState,
  allowed: readonly RolloutState[],
  control: Exclude<Control, 'retryFailed'>,
): string | null {
  if (allowed.includes(state)) return null
  const now = state === 'paused' && control !== 'pause' ? 'is paused' : NOW[state]
  return `The rollout ${now}: ${DOES[control]}.`
}
