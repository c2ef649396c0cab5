export interface Paced {
  ask: () => void
  stop: () => void
}

/**
 * Does something at most once in `everyMs`, and never while the last time has not ended: at once after a rest, else when
 * the time has come. Whatever was asked meanwhile is done once more afterwards, so that the last word is always heard.
 * After each time it rests `rests` times as long as that took: a slow server is asked less often.
 */
export function paced(everyMs: number, act: () => unknown, rests = 0): Paced {
  let timer: ReturnType<typeof setTimeout> | null = null
  let nextAt = 0
  let isActing = false
  let isAsked = false
  const start = () => {
    timer ??= setTimeout(() => void run(), Math.max(0, nextAt - Date.now()))
  }
  const run = async () => {
    timer = null
    const beganAt = Date.now()
    isActing = true
    isAsked = false
    try {
      await act()
    } finally {
      isActing = false
      nextAt = Math.max(beganAt + everyMs, Date.now() + rests * (Date.now() - beganAt))
      if (isAsked) start()
    }
  }
  return {
    ask() {
      isAsked = true
      if (!isActing) start()
    },
    stop() {
      isAsked = false
      if (timer !== null) clearTimeout(timer)
      timer = null
    },
  }
}
