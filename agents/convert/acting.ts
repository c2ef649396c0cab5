import type { Host } from '../host'
import { explainErrno } from '../lib/errno'
import { spansText, toSpans } from '../lib/spans'
import { phaseOf } from '../plan/hooks'
import type { JournalLine, PlanItem, PlannedWrite, ReadBack, Refusal, Step } from '../protocol'
import { DAX } from '../read/dax'
import { exists, linkName } from '../read/files'
import { readBootId } from '../read/identity'
import { journalledWrite, type Written } from './act-writes'
import { type HookTask, plannedHook, runHook } from './hooks'
import { type JournalWriter, lastAttempt } from './journal'
import { type Judgement, readBack, type Story } from './outcome'
import { stopPath } from './state'

export const TAKEN_UP = 'It was taken up again after the process that acted had died.'

const stoppedUnwritten: Judgement = {
  outcome: 'cancelled',
  message: 'Stopped as asked, before anything was written.',
  next: 'Make a new plan if it is still wanted.',
}

const WHOLE: ReadonlySet<string> = new Set(['converted', 'restored', 'persisted', 'unpersisted'])

/** What became of the way there, before anything is read back. */
interface Course {
  /** What went wrong, in sentences. */
  troubles: string[]
  /** A look right before a write found a reason to stop. */
  refusal: Refusal | null
  /** Rested at a safe point, because it was asked to. */
  stopped: boolean
  /** What the hook before may have taken away is given back by the one after, whatever came of the way. */
  passedGate: boolean
}

/** What acting processes of both kinds have alike: the gate, steps and writes with their lines, the end. */
export abstract class Acting<Item extends PlanItem> {
  protected readonly course: Course = { troubles: [], refusal: null, stopped: false, passedGate: false }

  constructor(
    protected readonly host: Host,
    protected readonly journal: JournalWriter,
    protected readonly task: HookTask & { item: Item },
  ) {}

  /** The looks before the first write. */
  protected abstract look(): Promise<Refusal | null>
  /** The outcome, from what was read back and nothing else. */
  protected abstract judge(read: ReadBack, story: Story): Judgement

  protected get item(): Item {
    return this.task.item
  }

  /**
   * Looks before the first write, around the hook that may forbid it: one that takes minutes leaves another host behind.
   * How it ends with nothing written; null to go on.
   */
  protected async passGate(): Promise<Judgement | null> {
    const { course, host, item, journal, task } = this
    const refuse = (refusal: Refusal): Judgement => {
      course.refusal = refusal
      return { outcome: 'refused', message: refusal.message, next: refusal.next }
    }
    const before = await this.look()
    if (before !== null) return refuse(before)
    if (await this.isStopAsked()) return stoppedUnwritten
    if (plannedHook(item, phaseOf('pre', item.kind)) !== undefined) {
      const forbidden = await runHook(host, journal, task, phaseOf('pre', item.kind), null)
      if (forbidden !== null) return refuse(forbidden)
      course.passedGate = true
      const after = await this.look()
      if (after !== null) return refuse(after)
      if (await this.isStopAsked()) return stoppedUnwritten
    }
    course.passedGate = true
    return null
  }

  /** Reads back and writes the outcome; `given` where nothing was written, so that nothing has to be judged. */
  protected async finish(given: Judgement | null, remark: string | null = null): Promise<void> {
    const { refusal } = this.course
    const hook = await this.runHookAfter(given, remark)
    await this.journal.write({ kind: 'step', step: 'verify', state: 'started', detail: '' })
    const began = await this.host.uptimeMs()
    const read = await readBack(this.host, this.item)
    const judged = this.judgeNow(read, remark)
    const isWhole = WHOLE.has(judged.outcome)
    await this.journal.note({
      kind: 'step',
      step: 'verify',
      state: isWhole ? 'done' : 'failed',
      durationMs: Math.floor((await this.host.uptimeMs()) - began),
      detail: isWhole ? 'Read back: as planned.' : judged.message,
    })
    const { outcome, message, next } = given ?? judged
    await this.journal.write({
      kind: 'outcome',
      outcome,
      bootId: await readBootId(this.host),
      readBack: read,
      refusals: [refusal, hook].flatMap((each) => each ?? []),
      message: hook === null ? message : `${message} ${hook.message}`,
      next: refusal?.next ?? hook?.next ?? next,
    })
    await this.journal.sync()
  }

  private judgeNow(read: ReadBack, remark: string | null): Judgement {
    const { troubles, stopped } = this.course
    return this.judge(read, { trouble: troubles.length > 0 ? troubles.join(' ') : null, remark, stopped })
  }

  /** The hook after the writes, told what came of them. What it did itself is read back after it, with all else. */
  private async runHookAfter(given: Judgement | null, remark: string | null): Promise<Refusal | null> {
    const { host, item, journal, task } = this
    if (!this.course.passedGate || plannedHook(item, phaseOf('post', item.kind)) === undefined) return null
    const { outcome } = given ?? this.judgeNow(await readBack(host, item), remark)
    return runHook(host, journal, task, phaseOf('post', item.kind), outcome)
  }

  protected driver(): Promise<string | null> {
    return linkName(this.host, `${DAX}/${this.item.preconditions.daxName}/driver`)
  }

  protected async isStopAsked(): Promise<boolean> {
    this.course.stopped ||= await exists(this.host, stopPath(this.task.jobId))
    return this.course.stopped
  }

  protected note(trouble: string | null): void {
    if (trouble !== null) this.course.troubles.push(trouble)
  }

  protected async step(step: Step, act: () => Promise<string | null>, done: string): Promise<string | null> {
    await this.journal.note({ kind: 'step', step, state: 'started', detail: '' })
    const began = await this.host.uptimeMs()
    const trouble = await act()
    const durationMs = Math.floor((await this.host.uptimeMs()) - began)
    const state = trouble === null ? 'done' : 'failed'
    await this.journal.note({ kind: 'step', step, state, durationMs, detail: trouble ?? done })
    return trouble
  }

  protected write(
    write: PlannedWrite,
    stopFile: string | null = stopPath(this.task.jobId),
  ): Promise<Written> {
    return journalledWrite(this.host, this.journal, write, stopFile)
  }

  protected planned(step: Step, writes: readonly PlannedWrite[] = this.item.writes): PlannedWrite[] {
    return writes.filter((write) => write.step === step)
  }

  protected writeAll(step: Step): Promise<string | null> {
    return this.writeEach(this.planned(step))
  }

  /** Of a job taken up again: a hook is begun once in an attempt, so where the one after has been, it is not run again. */
  protected takeUp(lines: readonly JournalLine[]): void {
    const after = phaseOf('post', this.item.kind)
    this.course.passedGate = !lastAttempt(lines).some((line) => line.kind === 'step' && line.step === after)
  }

  /** The blocks of the plan's own writes come online, or the sentence about those that do not. */
  protected async onlineBlocks(): Promise<string | null> {
    for (const write of this.planned('online')) {
      const { errno, failures, stopped } = await this.write(write)
      if (stopped) this.course.stopped = true
      if (failures.length > 0) {
        const blocks = spansText(toSpans(failures.map(({ block }) => block)))
        return `Blocks ${blocks} did not come online: ${explainErrno(failures[0]?.errno ?? errno)}.`
      }
      if (errno !== 0) return `The blocks could not be brought online: ${explainErrno(errno)}.`
    }
    return null
  }

  /** The same as a step, unless a stop was asked for or kmem does not hold the device. */
  protected async onlineUnlessStopped(): Promise<void> {
    if (this.planned('online').length === 0 || (await this.driver()) !== 'kmem') return
    if (this.course.stopped || (await this.isStopAsked())) return
    this.note(await this.step('online', () => this.onlineBlocks(), 'Every block took the write.'))
  }

  /** One after the other; the sentence about the first that failed. */
  protected async writeEach(writes: readonly PlannedWrite[]): Promise<string | null> {
    for (const write of writes) {
      const { errno } = await this.write(write)
      if (errno !== 0) return `Writing ${write.value} to ${write.path} failed: ${explainErrno(errno)}.`
    }
    return null
  }
}
