import type { Host } from '../host'
import { explainErrno } from '../lib/errno'
import { spansText, toSpans } from '../lib/spans'
import type { PlanItem, PlannedWrite, Refusal, Step } from '../protocol'
import { DAX } from '../read/dax'
import { linkName } from '../read/files'
import { JOB_ID } from '../request'
import { recheck } from './act-recheck'
import { journalledWrite, type Written } from './act-writes'
import { JournalWriter, readJournal } from './journal'
import { judge, readBack } from './outcome'
import { actingPath, LOCK, planPath, removeQuietly, reservePath } from './state'

/** The acting process: does the approved writes in their order, reads back, and tells nobody but the journal. */
class Actor {
  /** Set once the id is in kmem's list: from then on it must be taken off on every way out. */
  private listed = false

  constructor(
    private readonly host: Host,
    private readonly journal: JournalWriter,
    private readonly item: PlanItem,
  ) {}

  private driver(): Promise<string | null> {
    return linkName(this.host, `${DAX}/${this.item.preconditions.daxName}/driver`)
  }

  private async step(step: Step, act: () => Promise<string | null>, done: string): Promise<string | null> {
    await this.journal.write({ kind: 'step', step, state: 'started', detail: '' })
    const began = await this.host.uptimeMs()
    const trouble = await act()
    const durationMs = Math.floor((await this.host.uptimeMs()) - began)
    const state = trouble === null ? 'done' : 'failed'
    await this.journal.write({ kind: 'step', step, state, durationMs, detail: trouble ?? done })
    return trouble
  }

  private async write(write: PlannedWrite): Promise<Written> {
    if (write.path.endsWith('/kmem/new_id')) this.listed = true
    return journalledWrite(this.host, this.journal, write)
  }

  private planned(step: Step): PlannedWrite[] {
    return this.item.writes.filter((write) => write.step === step)
  }

  /** Writes of one step; the sentence about the first that failed. */
  private async writeAll(step: Step): Promise<string | null> {
    for (const write of this.planned(step)) {
      const { errno } = await this.write(write)
      if (errno !== 0) return `Writing ${write.value} to ${write.path} failed: ${explainErrno(errno)}.`
    }
    return null
  }

  private async release(): Promise<string | null> {
    if (!this.listed) return null
    const trouble = await this.writeAll('release')
    if (trouble === null) this.listed = false
    return trouble
  }

  private async online(): Promise<string | null> {
    for (const write of this.planned('online')) {
      const { errno, failures } = await this.write(write)
      if (failures.length > 0) {
        const blocks = spansText(toSpans(failures.map(({ block }) => block)))
        return `Blocks ${blocks} did not come online: ${explainErrno(failures[0]?.errno ?? errno)}.`
      }
      if (errno !== 0) return `The blocks could not be brought online: ${explainErrno(errno)}.`
    }
    return null
  }

  /** Unbound is no place to stay: back to device_dax, which is harmless while no block is there. */
  private async goBack(): Promise<string | null> {
    if ((await this.driver()) !== null || (await readBack(this.host, this.item)).blocks.length > 0)
      return null
    return this.step(
      'bind',
      async () => {
        for (const write of this.item.recovery.filter(({ step }) => step === 'bind')) {
          const { errno } = await this.write(write)
          if (errno !== 0) return `Going back to device_dax failed too: ${explainErrno(errno)}.`
        }
        return null
      },
      'Back on device_dax.',
    )
  }

  private async claimUnbindBind(): Promise<{ trouble: string | null; refusal: Refusal | null }> {
    const claim = await this.step('claim', () => this.writeAll('claim'), 'The id is listed with kmem.')
    if (claim !== null) return { trouble: claim, refusal: null }
    let refusal: Refusal | null = null
    const unbind = await this.step(
      'unbind',
      async () => {
        refusal = await recheck(this.host, this.item, true)
        if (refusal !== null) return refusal.message
        const trouble = await this.writeAll('unbind')
        if (trouble !== null) return trouble
        const driver = await this.driver()
        return driver === null ? null : `The device is still bound to ${driver}.`
      },
      'device_dax let the device go.',
    )
    if (unbind !== null) return { trouble: unbind, refusal }
    const bind = await this.step(
      'bind',
      async () => {
        const trouble = await this.writeAll('bind')
        if (trouble !== null) return trouble
        // A write that succeeds can hide a failed probe: only the link tells.
        const driver = await this.driver()
        return driver === 'kmem'
          ? null
          : `The write succeeded, but the device is bound to ${driver ?? 'no driver'}.`
      },
      'kmem took the device.',
    )
    return { trouble: bind, refusal: null }
  }

  /** All writes; what went wrong, in sentences, and the refusal if one more look found a reason to stop. */
  private async act(): Promise<{ troubles: string[]; refusal: Refusal | null; wrote: boolean }> {
    const early = await recheck(this.host, this.item, false)
    if (early !== null) return { troubles: [early.message], refusal: early, wrote: false }
    const troubles: string[] = []
    const note = (trouble: string | null) => {
      if (trouble !== null) troubles.push(trouble)
    }
    let refusal: Refusal | null = null
    if (this.planned('bind').length > 0) {
      try {
        const bound = await this.claimUnbindBind()
        refusal = bound.refusal
        note(bound.trouble)
        if (bound.trouble !== null) note(await this.goBack())
      } catch (error) {
        note(error instanceof Error ? error.message : String(error))
        note(await this.goBack())
      }
      const released = () => this.step('release', () => this.release(), "The id is off kmem's list.")
      if (this.listed) note(await released())
    }
    if (this.planned('online').length > 0 && (await this.driver()) === 'kmem') {
      note(await this.step('online', () => this.online(), 'Every block took the write.'))
    }
    return { troubles, refusal, wrote: true }
  }

  async run(): Promise<void> {
    const { troubles, refusal, wrote } = await this.act()
    const trouble = troubles.length > 0 ? troubles.join(' ') : null
    await this.journal.write({ kind: 'step', step: 'verify', state: 'started', detail: '' })
    const began = await this.host.uptimeMs()
    const read = await readBack(this.host, this.item)
    const { outcome, message, next } = judge(this.item, read, trouble)
    const isWhole = outcome === 'converted'
    await this.journal.write({
      kind: 'step',
      step: 'verify',
      state: isWhole ? 'done' : 'failed',
      durationMs: Math.floor((await this.host.uptimeMs()) - began),
      detail: isWhole ? 'Read back from the kernel: as predicted.' : message,
    })
    const bootId = (await this.host.readText('/proc/sys/kernel/random/boot_id')).trim()
    await this.journal.write({
      kind: 'outcome',
      outcome: wrote ? outcome : 'refused',
      bootId,
      readBack: read,
      refusals: refusal === null ? [] : [refusal],
      message: wrote ? message : (refusal?.message ?? message),
      next: refusal?.next ?? next,
    })
    await this.journal.sync()
  }
}

/** `agent act JOB`, started by `convert` with the lock as stdin. The exit status is for nobody: the journal tells. */
export async function act(host: Host, jobId: string): Promise<number> {
  await host.ignoreHangups()
  await host.setsid()
  if (!JOB_ID.test(jobId) || (await host.readlink('/proc/self/fd/0')) !== LOCK) return 2
  const plan: { item: PlanItem } = JSON.parse(await host.readText(planPath(jobId), 8 * 1024 * 1024))
  const known = await readJournal(host, jobId)
  if (known === null || known.lines.some(({ kind }) => kind === 'intent')) return 2
  // Two may be started where systemd was slow to answer: who makes this file acts, the other does nothing.
  await host.close(await host.createExclusive(actingPath(jobId)))
  const journal = await JournalWriter.open(host, jobId, known, async () => {})
  await new Actor(host, journal, plan.item).run()
  await removeQuietly(host, reservePath(jobId))
  return 0
}
