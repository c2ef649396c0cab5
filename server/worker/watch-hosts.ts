import { setTimeout as pause } from 'node:timers/promises'
import type { WorkerContext } from './context'
import { textOf } from './log'
import { claimsATurn, endClaims, turnClaims } from './watch-claims'
import { watchHost } from './watch-host'

interface Watch {
  end: AbortController
  done: Promise<void>
}

/**
 * Keeps a session to every host this worker has claimed. Claims are turned three times in their life; a host that is
 * no longer this worker's is let go, one that is new is watched; a turn's new ones are begun one after the other, until
 * the next turn, for a worker that takes hundreds has other work as well. A turn that fails is logged and the next tries again:
 * a claim that lapses meanwhile only means that two watch for a while, which harms nobody.
 */
export function keepWatching(ctx: WorkerContext): { stop(): Promise<void> } {
  const { claimMs, maxHosts } = ctx.limits.watch
  if (maxHosts === 0) return { stop: async () => {} }
  const watches = new Map<string, Watch>()
  const sampled = new Set<string>()
  let turning: Promise<void> | null = null

  const turnMs = claimMs / 3
  const begin = async (hostId: string, afterMs: number, signal: AbortSignal) => {
    await pause(afterMs, undefined, { signal, ref: false }).catch(() => {})
    // Aborted meanwhile, it ends at once.
    await watchHost(ctx, hostId, signal, () => sampled.add(hostId)).catch((error: unknown) => {
      // A fault of ours: the next turn finds the host unwatched and begins again.
      ctx.log('error', 'a watch failed', { hostId, why: textOf(error) })
      watches.delete(hostId)
    })
  }
  const turn = async () => {
    const told = [...sampled]
    const mine = await turnClaims(ctx.pg, ctx.holder, {
      claimMs,
      maxHosts,
      sampled: told,
      pool: ctx.pool,
    })
    for (const hostId of told) sampled.delete(hostId)
    if (ctx.draining.aborted) return
    for (const [hostId, watch] of watches) {
      if (mine.has(hostId)) continue
      watches.delete(hostId)
      watch.end.abort()
    }
    let begun = 0
    for (const hostId of mine) {
      if (watches.has(hostId)) continue
      const end = new AbortController()
      watches.set(hostId, { end, done: begin(hostId, (begun++ * turnMs) / claimsATurn, end.signal) })
    }
  }
  const tick = () => {
    turning ??= turn()
      .catch((error: unknown) => ctx.log('error', 'the watch claims failed', { why: textOf(error) }))
      .finally(() => {
        turning = null
      })
  }
  tick()
  const timer = setInterval(tick, turnMs)

  return {
    async stop() {
      clearInterval(timer)
      await turning
      for (const { end } of watches.values()) end.abort()
      await Promise.all([...watches.values()].map(({ done }) => done))
      await endClaims(ctx.pg, ctx.holder).catch((error: unknown) =>
        ctx.log('warn', 'the watch claims were left to lapse', { why: textOf(error) }),
      )
    },
  }
}
