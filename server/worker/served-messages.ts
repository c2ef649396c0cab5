import { enqueue, type TaskName, type TaskPayloads } from '@/server/lib/queue'
import { foreignMarks, isOurs } from '@/server/pools/served'
import type { WorkerContext } from './context'

/** Pools are made when a worker of a new one starts: seldom. */
const rememberMs = 5_000

export interface ServedMessages {
  /** Marks of messages the queue is not to hand to this worker. */
  foreign(): Promise<string[]>
  /** Does the work if the message is for this worker's pool; else it goes back, marked for the one it is for now. */
  take<T extends TaskName>(
    task: T,
    payload: TaskPayloads[T],
    id: string,
    work: () => Promise<void>,
  ): Promise<void>
}

/**
 * Keeps this worker to its pool. The queue holds back what carries another's mark; a mark may be old, for labels change
 * and pools are made, so that each message is looked at again before anything is done for its host.
 */
export function servedMessages(ctx: Pick<WorkerContext, 'pg' | 'pool'>): ServedMessages {
  let known: { marks: Promise<string[]>; atMs: number } | null = null
  const foreign = () => {
    if (known === null || performance.now() - known.atMs > rememberMs) {
      const marks = foreignMarks(ctx.pg, ctx.pool)
      known = { marks, atMs: performance.now() }
      // A fault is the queue's to hear of, and nobody's to remember.
      marks.catch(() => {
        known = null
      })
    }
    return known.marks
  }
  return {
    foreign,
    async take(task, payload, id, work) {
      if (await isOurs(ctx.pg, ctx.pool, task, payload)) return work()
      known = null
      await enqueue(ctx.pg, task, payload, { jobKey: `${task}:${id}` })
    },
  }
}
