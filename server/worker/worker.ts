import { z } from 'zod'
import { recordReadings } from '@/server/capacity/ingest'
import { EventHub } from '@/server/events/hub'
import { migrateQueue } from '@/server/lib/queue'
import { runTurn } from '@/server/rollouts/turn/run-turn'
import { gatherCapacity } from './capacity-intake'
import { changePolicy } from './change-policy'
import type { WorkerContext } from './context'
import { keepCapacity } from './keep-capacity'
import { textOf } from './log'
import { meters } from './meters'
import { oneAtATime } from './one-at-a-time'
import { planDevice } from './plan-device'
import { createPostgresRecords } from './postgres-records'
import { probeHost } from './probe-host'
import { keepTakingMessages } from './queue-runner'
import { keepReporting } from './report-figures'
import { runJob } from './run-job'
import { servedMessages } from './served-messages'
import { sweep } from './sweep'
import { keepWatching } from './watch-hosts'

export type WorkerSettings = Omit<
  WorkerContext,
  'records' | 'draining' | 'stopping' | 'watched' | 'noteSample'
> & {
  databaseUrl: string
  /** Tasks at a time. */
  concurrency: number
  sweepEveryMs: number
}

export interface RunningWorker {
  /**
   * Takes nothing new, lets what acts on hosts come to its end for `withinMs`, then leaves the rest to the next worker
   * (the hosts carry on by themselves). Resolves when nothing of it runs any more.
   */
  stop(withinMs: number): Promise<void>
}

/** Starts taking work: the queue's tables are made, one sweep is done, then messages and sweeps wake it. */
export async function startWorker(settings: WorkerSettings): Promise<RunningWorker> {
  const { databaseUrl, concurrency, sweepEveryMs, ...given } = settings
  const draining = new AbortController()
  const stopping = new AbortController()
  const capacity = gatherCapacity(given, recordReadings)
  const ctx: WorkerContext = {
    ...given,
    noteSample: capacity.note,
    records: createPostgresRecords(given),
    draining: draining.signal,
    stopping: stopping.signal,
    watched: new Map(),
  }
  await migrateQueue(ctx.pg)
  const hub = new EventHub(databaseUrl)
  await hub.subscribe({
    onEvent: (event) => {
      // Null: some were missed, so whoever watches looks for himself.
      if (event === null) for (const look of ctx.watched.values()) look()
      else if (event.topic === 'job') ctx.watched.get(event.subjectId)?.()
    },
    onClose: () => {},
  })
  const running = new Set<Promise<void>>()
  const turn = oneAtATime((rolloutId) => runTurn(ctx, rolloutId))
  const served = servedMessages(ctx)
  const queue = await keepTakingMessages(ctx, {
    concurrency,
    forbiddenFlags: served.foreign,
    taskList: {
      'probe-host': logged(ctx, running, 'probe-host', async (payload) => {
        const { hostId } = z.object({ hostId: z.uuid() }).parse(payload)
        await served.take('probe-host', { hostId }, hostId, async () => {
          await probeHost(ctx, hostId)
          await ctx.records.wakeRolloutsOn(hostId)
        })
      }),
      'plan-device': logged(ctx, running, 'plan-device', async (payload) => {
        const { planId } = z.object({ planId: z.uuid() }).parse(payload)
        await served.take('plan-device', { planId }, planId, () => planDevice(ctx, planId))
      }),
      'run-job': logged(ctx, running, 'run-job', async (payload) => {
        const { jobId } = z.object({ jobId: z.uuid() }).parse(payload)
        await served.take('run-job', { jobId }, jobId, () => runJob(ctx, jobId))
      }),
      'change-policy': logged(ctx, running, 'change-policy', async (payload) => {
        const { changeId } = z.object({ changeId: z.uuid() }).parse(payload)
        await served.take('change-policy', { changeId }, changeId, () => changePolicy(ctx, changeId))
      }),
      rollout: logged(ctx, running, 'rollout', async (payload) =>
        turn(z.object({ rolloutId: z.uuid() }).parse(payload).rolloutId),
      ),
    },
  })
  const sweeps = keepSweeping(ctx, sweepEveryMs)
  const history = keepCapacity(ctx)
  const watches = keepWatching(ctx)
  const reports = keepReporting(ctx)

  return {
    async stop(withinMs) {
      draining.abort(new Error('The worker is ending.'))
      const enough = setTimeout(() => stopping.abort(new Error('The worker is ending.')), withinMs)
      await Promise.all([sweeps.stop(), history.stop(), watches.stop(), reports.stop()])
      await queue.stop()
      // Also those of a queue that gave up and was begun anew.
      await Promise.allSettled(running)
      clearTimeout(enough)
      // After the last watch and the last job.
      await capacity.stop()
      await hub.close()
    },
  }
}

/** A task that throws is a fault of ours or of the database: it is logged here, and its row found by the sweep. */
function logged(
  ctx: WorkerContext,
  running: Set<Promise<void>>,
  task: string,
  work: (payload: unknown) => Promise<void>,
) {
  return async (payload: unknown) => {
    const done = work(payload)
    running.add(done)
    const taken = meters.tasks.startTimer({ task })
    try {
      await done
      taken({ outcome: 'done' })
    } catch (error) {
      taken({ outcome: 'failed' })
      ctx.log('error', `${task} failed`, { payload: JSON.stringify(payload), why: textOf(error) })
      throw error
    } finally {
      running.delete(done)
    }
  }
}

/** Sweeps now and then every `everyMs`, one at a time; a fault is logged and the next sweep tries again. */
function keepSweeping(ctx: WorkerContext, everyMs: number): { stop(): Promise<void> } {
  let running: Promise<void> | null = null
  const once = () => {
    running ??= sweep(ctx)
      .then(
        () => {},
        (error: unknown) => ctx.log('error', 'the sweep failed', { why: textOf(error) }),
      )
      .finally(() => {
        running = null
      })
  }
  once()
  const timer = setInterval(once, everyMs)
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
