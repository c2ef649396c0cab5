export interface Paced {
  ask: () => void
  stop: () => void
}

/**
 * Does something at most once in `everyMs`, and never while the last time has not ended: at once after a rest, else when
 * the time has come. Whatever was asked meanwhile is done once more afterwards, so that the last word is always heard.
 */
export function paced(everyMs: number, act: () => unknown): Paced {
  let timer: ReturnType<typeof setTimeout> | null = null
  let actedAt = 0
  let isActing = false
  let isAsked = false
  const start = () => {
    timer ??= setTimeout(() => void run(), Math.max(0, actedAt + everyMs - Date.now()))
  }
  const run = async () => {
    timer = null
    actedAt = Date.now()
    isActing = true
    isAsked = false
    try {
      await act()
    } finally {
      isActing = false
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
