import type { Host } from '../host'
import { explainErrno } from '../lib/errno'
import { spansText, toSpans } from '../lib/spans'
import type { ConvertItem, Direction, JournalLine, PlannedWrite, ReadBack, Refusal, Step } from '../protocol'
import { DAX } from '../read/dax'
import { exists, linkName } from '../read/files'
import { readBootId } from '../read/identity'
import { recheck } from './act-recheck'
import { journalledWrite, type Written } from './act-writes'
import { type HookTask, plannedHook, runHook } from './hooks'
import { type JournalWriter, lastAttempt } from './journal'
import { type Judgement, judge, readBack } from './outcome'
import { stopPath } from './state'

const KMEM = '/sys/bus/dax/drivers/kmem'
const TAKEN_UP = 'It was taken up again after the process that acted had died.'

const stoppedUnwritten: Judgement = {
  outcome: 'cancelled',
  message: 'Stopped as asked, before anything was written.',
  next: 'Make a new plan if the conversion is still wanted.',
}

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

/** The acting process: does the approved writes in their order, reads back, and tells nobody but the journal. */
export class Actor {
  /** Set once the id is in kmem's list: from then on it must be taken off on every way out. */
  private listed = false
  private readonly course: Course = { troubles: [], refusal: null, stopped: false, passedGate: false }
  private readonly item: ConvertItem
  private readonly jobId: string

  constructor(
    private readonly host: Host,
    private readonly journal: JournalWriter,
    private readonly task: HookTask,
  ) {
    if (task.item.kind !== 'convert') throw new Error('This acts for conversions only.')
    this.item = task.item
    this.jobId = task.jobId
  }

  /** The conversion from its beginning. */
  async convert(): Promise<void> {
    const unwritten = await this.passGate()
    if (unwritten !== null) return this.finish(unwritten)
    if (this.planned('bind').length > 0) {
      await this.guarded(() => this.claimUnbindBind())
      if (this.listed) this.note(await this.release())
    }
    await this.onlineUnlessStopped()
    await this.finish(null)
  }

  /**
   * Looks before the first write, around the hook that may forbid it: one that takes minutes leaves another host behind.
   * How it ends with nothing written; null to go on.
   */
  private async passGate(): Promise<Judgement | null> {
    const { course, host, item, journal, task } = this
    const refuse = (refusal: Refusal): Judgement => {
      course.refusal = refusal
      return { outcome: 'refused', message: refusal.message, next: refusal.next }
    }
    const before = await recheck(host, item, 'first')
    if (before !== null) return refuse(before)
    if (await this.isStopAsked()) return stoppedUnwritten
    if (plannedHook(item, 'pre-convert') !== undefined) {
      const forbidden = await runHook(host, journal, task, 'pre-convert', null)
      if (forbidden !== null) return refuse(forbidden)
      course.passedGate = true
      const after = await recheck(host, item, 'first')
      if (after !== null) return refuse(after)
      if (await this.isStopAsked()) return stoppedUnwritten
    }
    course.passedGate = true
    return null
  }

  /**
   * Goes on where another process died, from what the kernel shows. On device_dax it stays there: that is a safe
   * place, and whoever wants it converted plans again. Never back while a block is plugged; the id goes off kmem's
   * list in every case.
   */
  async recover(direction: Direction, lines: readonly JournalLine[]): Promise<void> {
    // A hook is begun once in an attempt: where the one after has been, it is not run again.
    this.course.passedGate = !lastAttempt(lines).some(
      (line) => line.kind === 'step' && line.step === 'post-convert',
    )
    const driver = await this.driver()
    const plugged = (await readBack(this.host, this.item)).blocks.length > 0
    this.course.stopped = direction === 'back'
    this.listed = this.planned('release').length > 0 && (await exists(this.host, KMEM))
    if (driver === null && !plugged) {
      await this.guarded(() => (direction === 'back' ? this.goBack() : this.bindAgain()))
    } else if (driver === 'device_dax') this.note('The process that acted died before the device was let go.')
    if (this.listed) this.note(await this.release())
    await this.onlineUnlessStopped()
    await this.finish(null, TAKEN_UP)
  }

  private async onlineUnlessStopped(): Promise<void> {
    if (this.planned('online').length === 0 || (await this.driver()) !== 'kmem') return
    if (this.course.stopped || (await this.isStopAsked())) return
    this.note(await this.step('online', () => this.online(), 'Every block took the write.'))
  }

  /** Whatever fails in `act`, unbound is no place to stay: back to device_dax, harmless while no block is there. */
  private async guarded(act: () => Promise<string | null>): Promise<void> {
    try {
      const trouble = await act()
      if (trouble === null && !this.course.stopped) return
      this.note(trouble)
    } catch (error) {
      this.note(error instanceof Error ? error.message : String(error))
    }
    this.note(await this.goBack())
  }

  private async claimUnbindBind(): Promise<string | null> {
    const { course, host, item, journal } = this
    const claim = await this.step('claim', () => this.writeAll('claim'), 'The id is listed with kmem.')
    if (claim !== null || (await this.isStopAsked())) return claim
    const unbind = await this.step(
      'unbind',
      async () => {
        await journal.flush()
        course.refusal = await recheck(host, item, 'before_unbind')
        if (course.refusal !== null) return course.refusal.message
        const trouble = await this.writeAll('unbind')
        if (trouble !== null) return trouble
        const driver = await this.driver()
        return driver === null ? null : `The device is still bound to ${driver}.`
      },
      'device_dax let the device go.',
    )
    if (unbind !== null || (await this.isStopAsked())) return unbind
    return this.bind([])
  }

  /** Unbound by the one that died: listed again, then bound, after a look at all that may have changed meanwhile. */
  private async bindAgain(): Promise<string | null> {
    this.course.refusal = await recheck(this.host, this.item, 'recovery')
    if (this.course.refusal !== null) return this.course.refusal.message
    return this.bind(this.planned('claim'))
  }

  private bind(first: PlannedWrite[]): Promise<string | null> {
    return this.step(
      'bind',
      async () => {
        const listing = await this.writeEach(first)
        if (listing !== null) return listing
        // A write to new_id takes a device without a driver at once; else it is taken by name.
        if ((await this.driver()) !== 'kmem') {
          const trouble = await this.writeAll('bind')
          if (trouble !== null) return trouble
        }
        // A write that succeeds can hide a failed probe: only the link tells.
        const driver = await this.driver()
        return driver === 'kmem'
          ? null
          : `The write succeeded, but the device is bound to ${driver ?? 'no driver'}.`
      },
      'kmem took the device.',
    )
  }

  private release(): Promise<string | null> {
    return this.step(
      'release',
      async () => {
        const trouble = await this.writeAll('release')
        if (trouble === null) this.listed = false
        return trouble
      },
      "The id is off kmem's list.",
    )
  }

  private async online(): Promise<string | null> {
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

  private async goBack(): Promise<string | null> {
    await this.journal.flush()
    if ((await this.driver()) !== null || (await readBack(this.host, this.item)).blocks.length > 0)
      return null
    return this.step(
      'bind',
      async () => {
        const back = this.item.recovery.filter(({ step }) => step === 'bind')
        const trouble = await this.writeEach(back)
        return trouble === null ? null : `Going back to device_dax failed too. ${trouble}`
      },
      'Back on device_dax.',
    )
  }

  /** Reads back and writes the outcome; `given` where nothing was written, so that nothing has to be judged. */
  private async finish(given: Judgement | null, remark: string | null = null): Promise<void> {
    const { refusal } = this.course
    const hook = await this.runHookAfter(given, remark)
    await this.journal.write({ kind: 'step', step: 'verify', state: 'started', detail: '' })
    const began = await this.host.uptimeMs()
    const read = await readBack(this.host, this.item)
    const judged = this.judge(read, remark)
    const isWhole = judged.outcome === 'converted'
    await this.journal.note({
      kind: 'step',
      step: 'verify',
      state: isWhole ? 'done' : 'failed',
      durationMs: Math.floor((await this.host.uptimeMs()) - began),
      detail: isWhole ? 'Read back from the kernel: as predicted.' : judged.message,
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

  private judge(read: ReadBack, remark: string | null): Judgement {
    const { troubles, stopped } = this.course
    const trouble = troubles.length > 0 ? troubles.join(' ') : null
    return judge(this.item, read, { trouble, remark, stopped })
  }

  /** The hook after the writes, told what came of them. What it did itself is read back after it, with all else. */
  private async runHookAfter(given: Judgement | null, remark: string | null): Promise<Refusal | null> {
    const { host, item, journal, task } = this
    if (!this.course.passedGate || plannedHook(item, 'post-convert') === undefined) return null
    const { outcome } = given ?? this.judge(await readBack(host, item), remark)
    return runHook(host, journal, task, 'post-convert', outcome)
  }

  private driver(): Promise<string | null> {
    return linkName(this.host, `${DAX}/${this.item.preconditions.daxName}/driver`)
  }

  private async isStopAsked(): Promise<boolean> {
    this.course.stopped ||= await exists(this.host, stopPath(this.jobId))
    return this.course.stopped
  }

  private note(trouble: string | null): void {
    if (trouble !== null) this.course.troubles.push(trouble)
  }

  private async step(step: Step, act: () => Promise<string | null>, done: string): Promise<string | null> {
    await this.journal.note({ kind: 'step', step, state: 'started', detail: '' })
    const began = await this.host.uptimeMs()
    const trouble = await act()
    const durationMs = Math.floor((await this.host.uptimeMs()) - began)
    const state = trouble === null ? 'done' : 'failed'
    await this.journal.note({ kind: 'step', step, state, durationMs, detail: trouble ?? done })
    return trouble
  }

  private async write(write: PlannedWrite): Promise<Written> {
    if (write.path === `${KMEM}/new_id`) this.listed = true
    return journalledWrite(this.host, this.journal, write, stopPath(this.jobId))
  }

  private planned(step: Step): PlannedWrite[] {
    return this.item.writes.filter((write) => write.step === step)
  }

  private writeAll(step: Step): Promise<string | null> {
    return this.writeEach(this.planned(step))
  }

  /** One after the other; the sentence about the first that failed. */
  private async writeEach(writes: readonly PlannedWrite[]): Promise<string | null> {
    for (const write of writes) {
      const { errno } = await this.write(write)
      if (errno !== 0) return `Writing ${write.value} to ${write.path} failed: ${explainErrno(errno)}.`
    }
    return null
  }
}
