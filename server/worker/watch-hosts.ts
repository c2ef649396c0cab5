import type { WorkerContext } from './context'
import { textOf } from './log'
import { endClaims, turnClaims } from './watch-claims'
import { watchHost } from './watch-host'

interface Watch {
  end: AbortController
  done: Promise<void>
}

/**
 * Keeps a session to every host this worker has claimed. Claims are turned three times in their life; a host that is
 * no longer this worker's is let go, one that is new is watched. A turn that fails is logged and the next tries again:
 * a claim that lapses meanwhile only means that two watch for a while, which harms nobody.
 */
export function keepWatching(ctx: WorkerContext): { stop(): Promise<void> } {
  const { claimMs, maxHosts } = ctx.limits.watch
  if (maxHosts === 0) return { stop: async () => {} }
  const watches = new Map<string, Watch>()
  const sampled = new Set<string>()
  let turning: Promise<void> | null = null

  const begin = (hostId: string) => {
    const end = new AbortController()
    const done = watchHost(ctx, hostId, end.signal, () => sampled.add(hostId)).catch((error: unknown) => {
      // A fault of ours: the next turn finds the host unwatched and begins again.
      ctx.log('error', 'a watch failed', { hostId, why: textOf(error) })
      watches.delete(hostId)
    })
    watches.set(hostId, { end, done })
  }
  const turn = async () => {
    const told = [...sampled]
    const mine = await turnClaims(ctx.pg, ctx.holder, { claimMs, maxHosts, sampled: told })
    for (const hostId of told) sampled.delete(hostId)
    if (ctx.draining.aborted) return
    for (const [hostId, watch] of watches) {
      if (mine.has(hostId)) continue
      watches.delete(hostId)
      watch.end.abort()
    }
    for (const hostId of mine) if (!watches.has(hostId)) begin(hostId)
  }
  const tick = () => {
    turning ??= turn()
      .catch((error: unknown) => ctx.log('error', 'the watch claims failed', { why: textOf(error) }))
      .finally(() => {
        turning = null
      })
  }
  tick()
  const timer = setInterval(tick, claimMs / 3)

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
