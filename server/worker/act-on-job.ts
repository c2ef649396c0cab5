import type { RefusalCode } from '@/agents/protocol'
import type { GoRefusal } from '@/server/jobs/decisions'
import { outcomeOf } from '@/server/jobs/last-attempt'
import type { EndState } from '@/server/jobs/store'
import { cancelledBeforeGo, foreign, goRefusals, quarantined } from '@/server/jobs/words'
import type { HeldHost } from '@/server/leases/hold'
import { ContactError, type ContactErrorKind } from '@/server/ssh/target'
import { createStopper, type Stopper } from './abort-job'
import { beginContact, type ContactStep } from './contact-step'
import type { JobContext } from './context'
import { finishJob } from './finish-job'
import { type JobJournal, NoLongerOurs, openJournal } from './job-journal'
import type { LoadedJob } from './loaded-job'
import { textOf } from './log'
import { type StuckWrites, watchStuck } from './stuck'

/** Faults of the way to the host that pass by themselves. Tried again only while no `go` was sent. */
const transient: ReadonlySet<ContactErrorKind> = new Set(['unreachable', 'timed_out', 'lost_contact'])
/** A person has to decide or set something right: the job is refused, not failed. */
const refusing: ReadonlySet<ContactErrorKind> = new Set([
  'key_review',
  'key_changed',
  'auth_refused',
  'sudo_refused',
  'version_mismatch',
])

/** Runs a job that this process has just claimed, from contact to its end or to `unknown`. */
export async function actOnJob(ctx: JobContext, held: HeldHost, jobId: string): Promise<void> {
  const job = await ctx.records.loadJob(jobId)
  const host = await ctx.records.readHost(job.hostId)
  if (host === null) throw new Error(`The host of job ${jobId} is gone.`)
  const barred =
    host.state === 'foreign' ? foreign : host.state === 'quarantined' || host.fenceDue ? quarantined : null
  if (barred !== null) {
    const causeCode = barred === foreign ? 'other_installation' : 'quarantined'
    await ctx.store.endJob(jobId, held.token, { state: 'refused', ...barred, causeCode })
    return
  }
  const contact = await beginContact(ctx, held, jobId)
  if (contact === null) return
  const run = new Acting(ctx, held, job, await openJournal(ctx, held, jobId), contact)
  ctx.watched.set(jobId, () => void run.heedCancel())
  try {
    await run.run()
  } finally {
    ctx.watched.delete(jobId)
    run.stopper.done()
    await run.journal.close()
  }
}

class Acting {
  /**
   * `maybe` from the moment the statement that permits it is sent: its answer may be lost while its work stands. What
   * is not `no` is never tried again.
   */
  private go: 'no' | 'maybe' | 'sent' = 'no'
  private goRefused: GoRefusal | null = null
  private readonly beforeGo = new AbortController()
  /** Passes a cancel on that comes after `go`. */
  readonly stopper: Stopper
  private readonly stuck: StuckWrites

  constructor(
    private readonly ctx: JobContext,
    private readonly held: HeldHost,
    private readonly job: LoadedJob,
    readonly journal: JobJournal,
    private readonly contact: ContactStep,
  ) {
    this.stuck = watchStuck(ctx, held, job.id, journal)
    this.stopper = createStopper(ctx, held, job)
  }

  async run(): Promise<void> {
    const { ctx, held, job } = this
    const stopBeforeGo = () => this.beforeGo.abort(ctx.draining.reason)
    const deadline = setTimeout(() => this.beforeGo.abort(tooLate()), ctx.limits.readyMs)
    ctx.draining.addEventListener('abort', stopBeforeGo, { once: true })
    if (ctx.draining.aborted) stopBeforeGo()
    try {
      const end = await ctx.client.act(
        await ctx.loadTarget(job.hostId),
        {
          jobId: job.id,
          token: { installationId: job.installationId, epoch: String(held.token.epoch) },
          item: job.item,
          digest: job.digest,
        },
        {
          signal: AbortSignal.any([held.signal, ctx.stopping, this.beforeGo.signal]),
          onReady: async (digest, sample) => {
            if (sample !== null) ctx.noteSample(job.hostId, sample)
            await this.enterPreflight()
            this.go = 'maybe'
            const result = await ctx.store.recheckForGo(job.id, held.token, digest)
            this.go = result.go ? 'sent' : 'no'
            // From here the host goes on by itself: deadline, drain and cancel no longer cut the line.
            clearTimeout(deadline)
            ctx.draining.removeEventListener('abort', stopBeforeGo)
            if (!result.go) this.goRefused = result.reason
            // A cancel that came while the statement was on its way has woken nobody.
            else void this.stopper.heed()
            return result.go
          },
          onWaiting: this.stuck.onWaiting,
          onJournal: async (line) => {
            await this.enterPreflight()
            await this.stuck.onLine()
            await this.journal.take(line)
            if (line.kind === 'step' && line.step === 'verify' && this.go === 'sent') {
              await ctx.store.advance(job.id, held.token, 'verifying')
            }
          },
        },
      )
      await this.journal.flush()
      await this.contact.done()
      if (this.goRefused !== null) await this.endRefusedGo(this.goRefused)
      else if (this.go === 'no' && this.isRefusedFor('locked'))
        await this.tryAgain('Another agent holds the host’s lock.', 'locked')
      else if (this.go === 'no' && this.isRefusedFor('stale_token') && !(await this.isStillHeld()))
        await this.endRefusedGo('lease_lost')
      else if (this.go === 'no' && end === 'abandoned') {
        await this.tryAgain('The agent ended before it was ready.', 'agent_died')
      } else if (end === 'abandoned') {
        // What it left half-done is another's to take up, under a token of its own: the next turn recovers it.
        const message = 'The agent on the host died before its outcome. Another takes the job up.'
        await ctx.store.markUnknown(job.id, held.token, message)
      } else await finishJob(ctx, held, job, this.journal, end)
    } catch (error) {
      await this.settle(error)
    } finally {
      clearTimeout(deadline)
      ctx.draining.removeEventListener('abort', stopBeforeGo)
    }
  }

  /** Called when the job's row changed: a cancel before `go` ends the contact at once, one after it asks the host. */
  async heedCancel(): Promise<void> {
    if (this.go === 'sent') return this.stopper.heed()
    if (this.go === 'maybe') return
    const row = await this.ctx.store.readJob(this.job.id).catch(() => null)
    if (row?.cancelRequested === true && this.go === 'no') this.beforeGo.abort(new Error(cancelledBeforeGo))
  }

  private preflight = false
  private async enterPreflight(): Promise<void> {
    if (this.preflight) return
    this.preflight = true
    await this.contact.done()
    await this.ctx.store.advance(this.job.id, this.held.token, 'preflight')
  }

  private isRefusedFor(code: RefusalCode): boolean {
    const outcome = outcomeOf(this.journal.lines())
    return outcome?.refusals.some((refusal) => refusal.code === code) === true
  }

  /** As the database has it at this moment. */
  private isStillHeld(): Promise<boolean> {
    const { ctx, held, job } = this
    return ctx.store.renewLease(job.hostId, held.token, ctx.limits.lease.ttlMs)
  }

  private async settle(error: unknown): Promise<void> {
    const { ctx, held, job, journal } = this
    if (error instanceof NoLongerOurs) {
      ctx.log('warn', 'another has the job by now', { jobId: job.id })
      return
    }
    if (this.go === 'maybe') return this.settleUnanswered(error)
    if (this.go === 'sent') {
      // The outcome may have arrived before the line broke.
      if (outcomeOf(journal.lines()) !== undefined) {
        return finishJob(ctx, held, job, journal, 'finished')
      }
      const message = `Contact was lost after the host was told to go on: ${textOf(error)}`
      await ctx.store.markUnknown(job.id, held.token, message)
      return
    }
    if (this.goRefused !== null) return this.endRefusedGo(this.goRefused)
    const row = await ctx.store.readJob(job.id)
    if (row?.cancelRequested === true) return this.end('cancelled', cancelledBeforeGo, '', null)
    if (ctx.draining.aborted || held.signal.aborted) {
      const message = 'The worker that ran it stopped before anything was written.'
      await ctx.store.requeue(job.id, held.token, 0, message)
      return
    }
    const fault = this.beforeGo.signal.aborted ? tooLate() : error
    await this.contact.failed(textOf(fault))
    if (!(fault instanceof ContactError)) {
      // The database was away for a moment, or a fault of ours: nothing was written, so trying again is safe.
      ctx.log('error', 'a job broke off before go', { jobId: job.id, why: textOf(fault) })
      return this.tryAgain(
        `Daxfleet itself failed: ${textOf(fault)}.`,
        'internal',
        'Look at the worker’s log.',
      )
    }
    await ctx.records.recordContactError(job.hostId, fault)
    if (transient.has(fault.kind)) return this.tryAgain(fault.message, fault.kind, fault.next)
    await this.end(refusing.has(fault.kind) ? 'refused' : 'failed', fault.message, fault.next, fault.kind)
  }

  /**
   * Whether the job may go was asked, and the answer was lost. No go line was sent, so the agent ends by itself; but the
   * row may say acting, and such a job is never tried again: the host's journal tells that nothing was written.
   */
  private async settleUnanswered(error: unknown): Promise<void> {
    const { ctx, held, job } = this
    ctx.log('error', 'the answer to the last check before go was lost', { jobId: job.id, why: textOf(error) })
    const message = `The database’s answer was lost just before the host was to be told to go on: ${textOf(error)}`
    if (await ctx.store.markUnknown(job.id, held.token, message)) return
    // Still before go: moved on in the same way as ever. A check that arrives after this finds no such owner.
    await this.tryAgain(`${message}.`, 'internal', 'Look at the worker’s log.')
  }

  /** Bounded, and only ever before `go`. */
  private async tryAgain(message: string, causeCode: string, next = 'Start it again later.'): Promise<void> {
    const { ctx, held, job } = this
    if (job.attempts >= ctx.limits.attempts) {
      return this.end('failed', `${message} Tried ${job.attempts} times.`, next, causeCode)
    }
    const pauseMs = ctx.limits.backOffMs * 2 ** (job.attempts - 1)
    await ctx.store.requeue(job.id, held.token, pauseMs, `${message} Trying again.`)
  }

  private async endRefusedGo(reason: GoRefusal): Promise<void> {
    const { message, next } = goRefusals[reason]
    if (reason === 'lease_lost') {
      await this.ctx.store.requeue(this.job.id, this.held.token, 0, message)
    } else await this.end(reason === 'cancelled' ? 'cancelled' : 'refused', message, next, reason)
  }

  private async end(state: EndState, message: string, next: string, causeCode: string | null): Promise<void> {
    await this.ctx.store.endJob(this.job.id, this.held.token, { state, message, next, causeCode })
  }
}

function tooLate(): ContactError {
  return new ContactError(
    'timed_out',
    'The agent was not ready in time.',
    'Look at the load of the host, then start it again.',
  )
}
