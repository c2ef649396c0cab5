import { setMaxListeners } from 'node:events'

/**
 * A signal that aborts with any of `signals`, or with a TimeoutError after `ms`.
 *
 * Instead of `AbortSignal.any([..., AbortSignal.timeout(ms)])`, which Node 20 may never fire: the combined signal
 * holds its sources weakly, nobody else holds the timeout, and once it is collected its timer is gone. What has no
 * deadline hangs, so the timer here holds what it needs.
 */
export function deadlineSignal(ms: number, ...signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController()
  const { signal } = controller
  const timer = setTimeout(() => {
    controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
  }, ms)
  // A deadline alone is no reason for a process to go on.
  timer.unref()
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  for (const source of signals) {
    // Many calls share a source, and each leaves its listener until its own end: that is no leak to warn of.
    setMaxListeners(0, source)
    if (source.aborted) controller.abort(source.reason)
    // Once we are aborted the listener goes too: long-lived sources collect none.
    else source.addEventListener('abort', () => controller.abort(source.reason), { once: true, signal })
  }
  return signal
}
