/**
 * `work` on one id at a time in this process. Whoever comes while it runs asks for one more round and goes: waiting for
 * the row's lock, each would keep a connection and a place among the tasks from somebody who has a host to talk to.
 * Rejects with what `work` rejects with; rounds asked for meanwhile are then the sweep's.
 */
export function oneAtATime(work: (id: string) => Promise<void>): (id: string) => Promise<void> {
  const rounds = new Map<string, { again: boolean }>()
  return async (id) => {
    const running = rounds.get(id)
    if (running !== undefined) {
      running.again = true
      return
    }
    const mine = { again: true }
    rounds.set(id, mine)
    try {
      while (mine.again) {
        mine.again = false
        await work(id)
      }
    } finally {
      rounds.delete(id)
    }
  }
}
