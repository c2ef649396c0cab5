import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Asks `probe` every `everyMs` until it returns something other than undefined; undefined after `withinMs`.
 * `signal` ends the waiting by throwing its reason.
 */
export async function waitFor<T>(
  probe: () => Promise<T | undefined> | T | undefined,
  {
    withinMs,
    everyMs = 25,
    signal,
  }: { withinMs: number; everyMs?: number; signal?: AbortSignal | undefined },
): Promise<T | undefined> {
  const deadline = performance.now() + withinMs
  for (;;) {
    signal?.throwIfAborted()
    const answer = await probe()
    if (answer !== undefined) return answer
    if (performance.now() >= deadline) return undefined
    await sleep(everyMs, undefined, { signal })
  }
}
