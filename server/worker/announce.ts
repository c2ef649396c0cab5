export interface Announcer {
  announce(): void
  /** Sends what is held back and waits for it. */
  flush(): Promise<void>
}

/** Tells pages that a job's journal grew, at most once in `everyMs`: lines come faster than anybody can look. */
export function createAnnouncer(tell: () => Promise<void>, everyMs: number): Announcer {
  let timer: NodeJS.Timeout | null = null
  let pending = false
  let last: Promise<void> = Promise.resolve()
  const send = () => {
    pending = false
    // A notice that fails is no fault: the next one, or the end of the job, makes pages look again.
    last = tell().catch(() => {})
  }
  const tick = () => {
    timer = pending ? setTimeout(tick, everyMs) : null
    if (pending) send()
  }
  return {
    announce() {
      pending = true
      if (timer !== null) return
      send()
      timer = setTimeout(tick, everyMs)
    },
    async flush() {
      if (timer !== null) clearTimeout(timer)
      timer = null
      if (pending) send()
      await last
    },
  }
}
