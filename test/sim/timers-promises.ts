import { time } from './time'

/** As of node:timers/promises, on the simulation's clock. */
export function setTimeout(
  ms: number,
  value?: unknown,
  { signal }: { signal?: AbortSignal; ref?: boolean } = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason)
    const timer = time.add(() => resolve(value), ms)
    signal?.addEventListener(
      'abort',
      () => {
        timer.isOff = true
        reject(signal.reason)
      },
      { once: true },
    )
  })
}
