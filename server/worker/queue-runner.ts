import { setTimeout as pause } from 'node:timers/promises'
import { type Runner, run, type TaskList } from 'graphile-worker'
import { quietLogger } from '@/server/lib/queue'
import type { WorkerContext } from './context'
import { textOf } from './log'

const AGAIN_MS = 500

/**
 * Takes messages from the queue until it is stopped. Where Postgres is away at the moment a message is done with, the
 * queue's own loop ends for good; then it is begun anew, since a message that is delivered twice does no harm.
 */
export async function keepTakingMessages(
  ctx: WorkerContext,
  {
    concurrency,
    taskList,
    forbiddenFlags,
  }: { concurrency: number; taskList: TaskList; forbiddenFlags: () => Promise<string[]> },
): Promise<{ stop(): Promise<void> }> {
  const quit = new AbortController()
  const begin = () =>
    run({
      pgPool: ctx.pg,
      concurrency,
      logger: quietLogger,
      noHandleSignals: true,
      forbiddenFlags,
      // Without batches a message that cannot be given back is a rejection that nobody can catch.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
      taskList,
    })
  let runner = await begin()

  const keeping = (async () => {
    while (!quit.signal.aborted) {
      const why = await Promise.race([
        runner.promise.then(
          () => 'it ended by itself',
          (error: unknown) => textOf(error),
        ),
        givingUp(runner),
      ])
      if (quit.signal.aborted) return
      ctx.log('warn', 'the queue is begun anew', { why })
      runner = await beginAgain(begin, quit.signal, runner)
    }
  })()

  return {
    async stop() {
      quit.abort()
      // Stopping what has ended already is no fault.
      await runner.stop().catch(() => {})
      await keeping
    },
  }
}

/**
 * Once it has begun to shut down it takes nothing more; but it may wait for ever for a database that was away just then,
 * and is not waited for.
 */
function givingUp(runner: Runner): Promise<string> {
  return new Promise((resolve) => {
    const events = ['worker:fatalError', 'pool:gracefulShutdown', 'pool:forcefulShutdown'] as const
    for (const event of events) runner.events.once(event, () => resolve(`it gave up (${event})`))
  })
}

async function beginAgain(begin: () => Promise<Runner>, signal: AbortSignal, ended: Runner): Promise<Runner> {
  for (;;) {
    await pause(AGAIN_MS, undefined, { signal }).catch(() => {})
    if (signal.aborted) return ended
    const runner = await begin().catch(() => null)
    if (runner !== null) return runner
  }
}
