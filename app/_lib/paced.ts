/**
 * Does something at most once in `everyMs`: at once after a rest, else when the time has come. What answers later (a
 * reading) is waited for first, so that a slow server is asked less often and never twice at once.
 */
export interface Paced {
  ask: () => void
  stop: () => void
}

export function paced(everyMs: number, act: () => unknown): Paced {
  let timer: ReturnType<typeof setTimeout> | null = null
  let actedAt = 0
  let isAtWork = false
  let isAsked = false
  const run = async () => {
    timer = null
    actedAt = Date.now()
    isAtWork = true
    isAsked = false
    try {
      await act()
    } finally {
      isAtWork = false
      if (isAsked) schedule()
    }
  }
  const schedule = () => {
    timer ??= setTimeout(() => void run(), Math.max(0, actedAt + everyMs - Date.now()))
  }
  return {
    ask() {
      if (isAtWork) isAsked = true
      else schedule()
    },
    stop() {
      if (timer !== null) clearTimeout(timer)
      timer = null
      isAsked = false
    },
  }
}
