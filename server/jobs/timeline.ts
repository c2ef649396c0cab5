import type { z } from 'zod'
import {
  type JournalLine,
  PERSIST_STEPS,
  type PlannedWrite,
  RESTORE_STEPS,
  STEPS,
  type Step,
} from '@/agents/protocol'
import type { PlanKind } from '@/server/plans/vocabulary'
import { lastAttempt } from './last-attempt'
import type { jobStepSchema, jobWriteSchema } from './schema'

type JobStepView = z.infer<typeof jobStepSchema>
type JobWriteView = z.infer<typeof jobWriteSchema>

/** A journal line and when the server got it: the host's clock is never compared with ours. */
export interface ReceivedLine {
  line: JournalLine
  receivedAt: Date
}

export interface Timeline {
  steps: JobStepView[]
  writes: JobWriteView[]
}

const ORDERS: Readonly<Record<PlanKind, readonly Step[]>> = {
  convert: STEPS,
  restore: RESTORE_STEPS,
  online: STEPS,
  offline: RESTORE_STEPS,
  persist: PERSIST_STEPS,
  unpersist: PERSIST_STEPS,
}

/**
 * Steps and writes as the journal tells them, in the order of the journal. Of a step still open when the job has ended
 * as little is known as of its last write: whoever wrote the journal did not live to close it.
 */
export function deriveTimeline(
  lines: readonly ReceivedLine[],
  ended: boolean,
  kind: PlanKind = 'convert',
): Timeline {
  const order: readonly Step[] = ORDERS[kind]
  const steps = new Map<string, JobStepView>()
  const startedAtUptimeMs = new Map<string, bigint>()
  const writes: JobWriteView[] = []
  const inNumber = lines.toSorted((a, b) => a.line.n - b.line.n)
  const attempt = new Set(lastAttempt(inNumber.map(({ line }) => line)))
  for (const { line, receivedAt } of inNumber) {
    if (!attempt.has(line)) continue
    if (line.kind === 'step') {
      const before = steps.get(line.step)
      if (line.state === 'started') startedAtUptimeMs.set(line.step, BigInt(line.uptimeMs))
      const since = startedAtUptimeMs.get(line.step)
      const measuredMs = since === undefined ? null : Number(BigInt(line.uptimeMs) - since)
      steps.set(line.step, {
        name: line.step,
        position: order.indexOf(line.step),
        state: line.state === 'started' ? 'running' : line.state,
        detail: line.detail || (before?.detail ?? ''),
        startedAt: before?.startedAt ?? receivedAt,
        durationMs: line.state === 'started' ? null : wholeMs(line.durationMs ?? measuredMs),
      })
    } else if (line.kind === 'recover') {
      const position = Math.max(0, ...[...steps.values()].map((step) => step.position))
      // Whoever had these open is dead; what is done again opens them again.
      for (const [name, step] of steps)
        steps.set(name, cutShort(step, 'The process that did it died: how it ended is not known.'))
      const count = [...steps.values()].filter(({ name }) => name.startsWith('recover')).length
      const name = count === 0 ? 'recover' : `recover ${count + 1}`
      steps.set(name, {
        name,
        position,
        state: 'done',
        detail: recoveryDetail(line, kind),
        startedAt: receivedAt,
        durationMs: null,
      })
    } else if (line.kind === 'intent') {
      writes.push({ ...line.write, errno: null, errnoName: '', durationMs: null })
    } else if (line.kind === 'done') {
      const { errno, errnoName, durationMs } = line
      const open = writes.findLastIndex((write) => write.errno === null && isSame(write, line.write))
      const done = { ...line.write, errno, errnoName, durationMs }
      if (open === -1) writes.push(done)
      else writes[open] = done
    }
  }
  const inOrder = [...steps.values()].toSorted((a, b) => a.position - b.position)
  return { steps: ended ? inOrder.map((step) => cutShort(step, noEnd)) : inOrder, writes }
}

const waysBack: Readonly<Record<PlanKind, string>> = {
  convert: 'goes back to device_dax',
  restore: 'brings the blocks online again',
  online: 'leaves the blocks as they are',
  offline: 'brings the blocks online again',
  persist: 'takes the file of the device away again',
  unpersist: 'leaves the files as they are',
}

function recoveryDetail(
  { direction, driver, token }: Extract<JournalLine, { kind: 'recover' }>,
  kind: PlanKind,
): string {
  const where = driver === null ? 'without a driver' : `on ${driver}`
  const back = waysBack[kind]
  const way = direction === 'forward' ? 'goes on to the end' : back
  return `Another process has taken it up (epoch ${token.epoch}): the device was ${where}, and it ${way}.`
}

const noEnd = 'The journal has no end of this step: how it ended is not known.'

function cutShort(step: JobStepView, detail: string): JobStepView {
  return step.state === 'running' ? { ...step, state: 'cut_short', detail } : step
}

/** A duration a host sends may be anything; what is shown is a whole, non-negative number or nothing. */
function wholeMs(ms: number | null): number | null {
  return ms === null || !Number.isFinite(ms) ? null : Math.min(Math.max(0, Math.round(ms)), 2 ** 31 - 1)
}

function isSame(a: PlannedWrite | JobWriteView, b: PlannedWrite): boolean {
  return a.step === b.step && a.path === b.path && a.value === b.value
}
