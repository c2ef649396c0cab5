/** Lateness of our own timer that says: this process stood still, and what came meanwhile has not been read yet. */
const LATE_MS = 500
/** So often in a row; a process that never catches up must still let go in the end. */
const MOST_STANDSTILLS = 5

/**
 * Calls `act` once nothing has ended it for `withinMs`; returns what ends it. A timer that fires late tells of us, not of
 * who we listen to: a worker without a processor would take all its hosts for silent at once, and the probes that follow
 * would starve it further. Then it waits as long again as it was late, for what lies in the sockets to be read.
 */
export function onSilence(
  withinMs: number,
  act: () => void,
  now: () => number = () => performance.now(),
): () => void {
  let standstills = 0
  let timer: NodeJS.Timeout
  const wait = (ms: number) => {
    const due = now() + ms
    timer = setTimeout(() => {
      const lateMs = now() - due
      if (lateMs < LATE_MS || ++standstills > MOST_STANDSTILLS) act()
      else wait(Math.min(lateMs, withinMs))
    }, ms)
  }
  wait(withinMs)
  return () => clearTimeout(timer)
}
