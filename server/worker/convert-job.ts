import { recordContactError } from '@/server/hosts/record-contact-error'
import type { GoRefusal } from '@/server/jobs/decisions'
import { outcomeOf } from '@/server/jobs/last-attempt'
import type { EndState } from '@/server/jobs/store'
import { cancelledBeforeGo, goRefusals, quarantined } from '@/server/jobs/words'
import type { HeldHost } from '@/server/leases/hold'
import { ContactError, type ContactErrorKind } from '@/server/ssh/target'
import { beginContact, type ContactStep } from './contact-step'
import type { WorkerContext } from './context'
import { finishJob } from './finish-job'
import { type JobJournal, openJournal } from './job-journal'
import { type LoadedJob, loadJob } from './load-job'
import { textOf } from './log'

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
export async function convertJob(ctx: WorkerContext, held: HeldHost, jobId: string): Promise<void> {
  const job = await loadJob(ctx, jobId)
  const host = await ctx.db.host.findUniqueOrThrow({ where: { id: job.hostId } })
  if (host.state === 'quarantined') {
    await ctx.store.endJob(jobId, held.token, { state: 'refused', ...quarantined, causeCode: 'quarantined' })
    return
  }
  // Lines of an earlier attempt, which never got its go: whatever the host still has of them, it tells again.
  await ctx.db.jobLine.deleteMany({ where: { jobId } })
  const run = new Conversion(ctx, held, job, await openJournal(ctx, jobId), await beginContact(ctx, jobId))
  ctx.watched.set(jobId, () => void run.heedCancel())
  try {
    await run.run()
  } finally {
    ctx.watched.delete(jobId)
    await run.journal.flush()
  }
}

class Conversion {
  private goSent = false
  private goRefused: GoRefusal | null = null
  private readonly beforeGo = new AbortController()

  constructor(
    private readonly ctx: WorkerContext,
    private readonly held: HeldHost,
    private readonly job: LoadedJob,
    readonly journal: JobJournal,
    private readonly contact: ContactStep,
  ) {}

  async run(): Promise<void> {
    const { ctx, held, job } = this
    const stopBeforeGo = () => this.beforeGo.abort(ctx.draining.reason)
    const deadline = setTimeout(() => this.beforeGo.abort(tooLate()), ctx.limits.readyMs)
    ctx.draining.addEventListener('abort', stopBeforeGo, { once: true })
    if (ctx.draining.aborted) stopBeforeGo()
    try {
      const end = await ctx.client.convert(
        await ctx.loadTarget(job.hostId),
        {
          jobId: job.id,
          token: { installationId: job.installationId, epoch: String(held.token.epoch) },
          item: job.item,
          digest: job.digest,
        },
        {
          signal: AbortSignal.any([held.signal, ctx.stopping, this.beforeGo.signal]),
          onReady: async (digest) => {
            await this.enterPreflight()
            const result = await ctx.store.recheckForGo(job.id, held.token, digest)
            this.goSent = result.go
            // From here the host goes on by itself: deadline, drain and cancel no longer cut the line.
            clearTimeout(deadline)
            ctx.draining.removeEventListener('abort', stopBeforeGo)
            if (!result.go) this.goRefused = result.reason
            return result.go
          },
          onJournal: async (line) => {
            await this.enterPreflight()
            await this.journal.take(line)
            if (line.kind === 'step' && line.step === 'verify' && this.goSent) {
              await ctx.store.advance(job.id, held.token, 'verifying')
            }
          },
        },
      )
      await this.contact.done()
      if (this.goRefused !== null) await this.endRefusedGo(this.goRefused)
      else if (!this.goSent && this.isLocked())
        await this.tryAgain('Another agent holds the host’s lock.', 'locked')
      else if (!this.goSent && end === 'abandoned') {
        await this.tryAgain('The agent ended before it was ready.', 'agent_died')
      } else await finishJob(ctx, held, job, this.journal, end)
    } catch (error) {
      await this.settle(error)
    } finally {
      clearTimeout(deadline)
      ctx.draining.removeEventListener('abort', stopBeforeGo)
    }
  }

  /** Called when the job's row changed: a cancel before `go` ends the contact at once. */
  async heedCancel(): Promise<void> {
    if (this.goSent) return
    const row = await this.ctx.store.readJob(this.job.id).catch(() => null)
    if (row?.cancelRequested === true && !this.goSent) this.beforeGo.abort(new Error(cancelledBeforeGo))
  }

  private preflight = false
  private async enterPreflight(): Promise<void> {
    if (this.preflight) return
    this.preflight = true
    await this.contact.done()
    await this.ctx.store.advance(this.job.id, this.held.token, 'preflight')
  }

  private isLocked(): boolean {
    const outcome = outcomeOf(this.journal.lines())
    return outcome?.refusals.some((refusal) => refusal.code === 'locked') === true
  }

  private async settle(error: unknown): Promise<void> {
    const { ctx, held, job, journal } = this
    if (this.goSent) {
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
    await recordContactError(ctx, job.hostId, fault)
    if (transient.has(fault.kind)) return this.tryAgain(fault.message, fault.kind, fault.next)
    await this.end(refusing.has(fault.kind) ? 'refused' : 'failed', fault.message, fault.next, fault.kind)
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
    'Look at the load of the host, then start the conversion again.',
  )
}
