import { type Host, HostError } from '../host'
import { withoutControls } from '../lib/plain-text'
import { hookDifference, planHooks, refuseHooks } from '../plan/hooks'
import type { HookPhase, Outcome, PlanItem, PlannedHook, Refusal } from '../protocol'
import { readHooks } from '../read/hooks'
import { endLeftProcesses, leftText, MARK } from './hook-left'
import type { JournalWriter } from './journal'

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const KEPT_BYTES = 8 * 1024
const SHOWN_LINES = 10
const SHOWN_CHARACTERS = 1_200

/** What a hook is run for. */
export interface HookTask {
  jobId: string
  item: PlanItem
  digest: string
}

export function plannedHook({ preconditions }: PlanItem, phase: string): PlannedHook | undefined {
  // Plans of an agent that knew no hooks have none.
  return (preconditions.hooks ?? []).find((hook) => hook.phase === phase)
}

/** What a hook said last: untrusted text, without what could move a cursor or end a line of something else. */
function lastWords(output: string): string {
  const lines = withoutControls(output, '', true)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return lines.slice(-SHOWN_LINES).join('\n').slice(-SHOWN_CHARACTERS)
}

/** All that a hook is told; nothing of it comes from a server but the job's id, which is a plain word. */
function environmentOf({ jobId, item, digest }: HookTask, phase: HookPhase, outcome: Outcome | null) {
  const { invariants, preconditions, prediction } = item
  return {
    PATH,
    HOME: '/root',
    LANG: 'C',
    [MARK]: jobId,
    DAXFLEET_PHASE: phase,
    DAXFLEET_DEVICE: preconditions.daxName,
    DAXFLEET_DEVICE_ID: withoutControls(invariants.deviceId, '?'),
    DAXFLEET_PLAN_DIGEST: digest,
    DAXFLEET_ZONE: 'zone' in invariants ? invariants.zone : '',
    DAXFLEET_TARGET_NODE: String(invariants.targetNode),
    DAXFLEET_PREDICTED_BYTES: 'share' in item ? item.share.bytes : prediction.usableBytes,
    ...(outcome === null ? {} : { DAXFLEET_OUTCOME: outcome }),
  }
}

/** Why the hook that lies there now is not to be run; null when it is the approved one. */
async function lookAgain(host: Host, { item }: HookTask, hook: PlannedHook): Promise<Refusal | null> {
  const { phase } = hook
  const found = (await readHooks(host)).filter((each) => each.phase === phase)
  const [unsafe] = refuseHooks(found)
  return unsafe ?? hookDifference(phase, item.preconditions.hooks, planHooks(found, hook.deadlineSeconds))
}

async function runToItsEnd(
  host: Host,
  task: HookTask,
  hook: PlannedHook,
  outcome: Outcome | null,
): Promise<{ isGood: boolean; how: string; words: string }> {
  const { phase, path, deadlineSeconds } = hook
  try {
    const limits = { killAfterMs: deadlineSeconds * 1000, keepBytes: KEPT_BYTES }
    const ended = await host.runAlone(path, environmentOf(task, phase, outcome), limits)
    const left = leftText(await endLeftProcesses(host, task.jobId))
    const how = ended.timedOut
      ? `had not ended after ${deadlineSeconds} s and was killed`
      : ended.status === null
        ? 'was killed by a signal'
        : `ended with status ${ended.status}`
    return {
      isGood: ended.status === 0 && !ended.timedOut,
      how: `${how}.${left}`,
      words: lastWords(ended.stdout),
    }
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    return { isGood: false, how: `could not be started (${error.errnoName}).`, words: '' }
  }
}

/**
 * Runs the approved hook of a phase, if there is one and it still is the approved one, and journals it as a step of its
 * own, the start on the disk before it runs. Null when it ended well or there is none.
 */
export async function runHook(
  host: Host,
  journal: JournalWriter,
  task: HookTask,
  phase: HookPhase,
  outcome: Outcome | null,
): Promise<Refusal | null> {
  const hook = plannedHook(task.item, phase)
  if (hook === undefined) return null
  const began = await host.uptimeMs()
  const close = async (state: 'done' | 'failed', detail: string) => {
    const durationMs = Math.floor((await host.uptimeMs()) - began)
    await journal.write({ kind: 'step', step: phase, state, durationMs, detail })
  }
  const detail = `Running ${hook.path}, for ${hook.deadlineSeconds} s at most.`
  await journal.write({ kind: 'step', step: phase, state: 'started', detail })
  await journal.sync()
  const changed = await lookAgain(host, task, hook)
  if (changed !== null) {
    await close('failed', changed.message)
    return changed
  }
  const { isGood, how, words } = await runToItsEnd(host, task, hook, outcome)
  const said = words === '' ? '' : ` It said last: ${words}`
  await close(isGood ? 'done' : 'failed', `The hook ${how}${said}`)
  if (isGood) return null
  const isGate = phase.startsWith('pre-')
  const gate = isGate ? ' Nothing was written.' : ''
  return {
    code: isGate ? 'hook_refused' : 'hook_failed',
    message: `The ${phase} hook ${how}${gate}${said}`,
    next: `Look at ${hook.path} on the host, and at what it says.`,
  }
}
