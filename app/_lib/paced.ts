/** Does something at most once in `everyMs`: at once after a rest, else when the time has come. */
export interface Paced {
  ask: () => void
  stop: () => void
}

export function paced(everyMs: number, act: () => void): Paced {
  let timer: ReturnType<typeof setTimeout> | null = null
  let actedAt = 0
  return {
    ask() {
      timer ??= setTimeout(
        () => {
          timer = null
          actedAt = Date.now()
          act()
        },
        Math.max(0, actedAt + everyMs - Date.now()),
      )
    },
    stop() {
      if (timer !== null) clearTimeout(timer)
      timer = null
    },
  }
}
