import { setTimeout as pause } from 'node:timers/promises'
import type { Inspection, Sample } from '@/agents/protocol'
import { enqueue } from '@/server/lib/queue'
import { ContactError, type ContactErrorKind } from '@/server/ssh/target'
import type { WorkerContext } from './context'
import { textOf } from './log'
import { differsFrom, fingerprintOf } from './watch-changes'
import { markForProbe } from './watch-claims'

/** What a probe tells of better than silence does. Not `agent_failed`: a host without room to be watched is well. */
const telling: ReadonlySet<ContactErrorKind> = new Set([
  'unreachable',
  'timed_out',
  'lost_contact',
  'key_changed',
  'key_review',
  'auth_refused',
])
/** How much of a pause is chance: a network that comes back must not meet every worker's tries at once. */
const jitter = 0.5

/**
 * Watches one host until `signal` aborts: one session that stays, begun again with growing pauses when it is lost. A
 * host that tells something else than before is probed, and so is one that went silent or came back.
 */
export async function watchHost(
  ctx: WorkerContext,
  hostId: string,
  signal: AbortSignal,
  onSampled: () => void,
): Promise<void> {
  const { everyMs, backOffMs, longestBackOffMs } = ctx.limits.watch
  let known: string | null = null
  let pauseMs = backOffMs
  while (!signal.aborted) {
    let isFirst = true
    const onSample = async (sample: Sample) => {
      onSampled()
      ctx.noteSample(hostId, sample)
      pauseMs = backOffMs
      const fingerprint = fingerprintOf(sample)
      const differs = known === null ? await differsFromProbe(ctx, hostId, sample) : known !== fingerprint
      known = fingerprint
      if (differs) {
        // A probe or a job that is at it may have read what was before: what comes of that is compared again.
        if (!(await requestProbe(ctx, hostId, ['ready', 'unreachable', 'quarantined']))) known = null
      } else if (isFirst) {
        // It answers: whoever was thought away is looked at.
        await requestProbe(ctx, hostId, ['unreachable'])
      }
      isFirst = false
    }
    try {
      await ctx.client.watch(await ctx.loadTarget(hostId), { everyMs }, { signal, onSample })
    } catch (error) {
      if (signal.aborted) return
      ctx.log('debug', 'a watch ended', { hostId, why: textOf(error) })
      await heedLoss(ctx, hostId, error)
    }
    await pause(pauseMs * (1 - jitter * Math.random()), undefined, { signal, ref: false }).catch(() => {})
    pauseMs = Math.min(2 * pauseMs, longestBackOffMs)
  }
}

/** Contact lost with a host that was thought ready: the probe finds out, and says so, within seconds. */
async function heedLoss(ctx: WorkerContext, hostId: string, error: unknown): Promise<void> {
  if (!(error instanceof ContactError) || !telling.has(error.kind)) return
  await requestProbe(ctx, hostId, ['ready']).catch((fault: unknown) =>
    ctx.log('warn', 'a probe could not be asked for', { hostId, why: textOf(fault) }),
  )
}

async function differsFromProbe(ctx: WorkerContext, hostId: string, sample: Sample): Promise<boolean> {
  const host = await ctx.db.host.findUnique({ where: { id: hostId }, select: { inspection: true } })
  // Validated when it came from the host, before it was stored.
  const inspection = host?.inspection as unknown as Inspection | null | undefined
  return inspection !== null && inspection !== undefined && differsFrom(inspection, sample)
}

/** False when none was asked for: one is due already, a job acts, or a person has to decide something first. */
async function requestProbe(
  ctx: WorkerContext,
  hostId: string,
  states: Parameters<typeof markForProbe>[2],
): Promise<boolean> {
  if (!(await markForProbe(ctx.pg, hostId, states))) return false
  await enqueue(ctx.pg, 'probe-host', { hostId }, { jobKey: `probe-host:${hostId}` })
  return true
}
