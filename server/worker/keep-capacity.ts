import type { Pool } from 'pg'
import { mendSome } from '@/server/capacity/mend'
import { dropExpired } from '@/server/capacity/retention'
import { sealBefore, sealSome } from '@/server/capacity/seal'
import { type Log, textOf } from './log'

/** Often enough that an hour is sealed soon after it is over, and a late reading shows in the fleet's chart. */
const EVERY_MS = 30_000
const RETENTION_EVERY_MS = 3_600_000

/**
 * Seals what was recorded, mends what came late, drops what is too old: now and every half minute until it is stopped. Any
 * number of workers may do it at once; each batch is one transaction, and what one leaves undone the next finds.
 */
export function keepCapacity(ctx: { pg: Pool; log: Log; draining: AbortSignal }): { stop(): Promise<void> } {
  let retentionDueMs = 0
  let running: Promise<void> | null = null
  const turn = async () => {
    const nowMs = Date.now()
    await whileThereIsMore(ctx.draining, () => mendSome(ctx.pg))
    await whileThereIsMore(ctx.draining, () => sealSome(ctx.pg, sealBefore(nowMs)))
    if (nowMs < retentionDueMs) return
    await dropExpired(ctx.pg, nowMs, ctx.draining)
    retentionDueMs = nowMs + RETENTION_EVERY_MS
  }
  const once = () => {
    running ??= turn()
      .catch((error: unknown) => ctx.log('error', 'capacity could not be sealed', { why: textOf(error) }))
      .finally(() => {
        running = null
      })
  }
  once()
  const timer = setInterval(once, EVERY_MS)
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}

async function whileThereIsMore(signal: AbortSignal, some: () => Promise<number>): Promise<void> {
  while (!signal.aborted && (await some()) > 0);
}
