/** As much of `fetch` as a link of tRPC uses. */
export type Ask = (url: string, init?: RequestInit) => Promise<Response>

/** Somebody else's answer is waited for this long: a tab that hangs must not hold up the others. */
const WAITS_MOST_MS = 4_000

interface Answer {
  url: string
  /** When the question left, by the clock of this computer. */
  askedAtMs: number
  body: string
}

/** Told to be heard by oneself, after all that was told before. */
interface Mark {
  mark: string
}

interface Wish {
  url: string
  sinceMs: number
  take: (body: string) => void
}

/**
 * The same question of several tabs is asked by one of them at a time, and its answer serves all that have waited since
 * before it was asked: eight tabs cost the server two questions and not eight, and a browser's six connections stay free.
 * An answer from before a wish is never taken for it, for what the wish is about may have happened in between. Refusals
 * and failures are nobody else's; who waited asks then. Without locks (plain http on a name that is not loopback) every
 * tab asks for itself.
 */
export function shareAnswers(ask: Ask, locks: LockManager | undefined = lockManager()): Ask {
  if (locks === undefined) return ask
  let board: Board | undefined

  return (url, init) => {
    if (init?.method !== undefined && init.method !== 'GET') return ask(url, init)
    board ??= new Board()
    return askInTurn({ ask, locks, board }, url, init)
  }
}

interface Means {
  ask: Ask
  locks: LockManager
  board: Board
}

function askInTurn(
  { ask, locks, board }: Means,
  url: string,
  init: RequestInit | undefined,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const name = `daxfleet-ask ${url}`
    const queue = new AbortController()
    let isWaiting = true
    const stopWaiting = () => {
      isWaiting = false
      clearTimeout(timer)
      board.forget(wish)
    }
    const timer = setTimeout(() => {
      stopWaiting()
      queue.abort()
      ask(url, init).then(resolve, reject)
    }, WAITS_MOST_MS)
    const wish = board.wish(url, (body) => {
      stopWaiting()
      queue.abort()
      resolve(new Response(body))
    })
    const askAndTell = async () => {
      stopWaiting()
      const askedAtMs = Date.now()
      const response = await ask(url, init)
      const body = await response.text()
      resolve(new Response(body, { status: response.status }))
      if (!response.ok) return
      const { pending } = await locks.query()
      if (pending?.some((each) => each.name === name)) board.tell({ url, askedAtMs, body })
    }
    const waitForTurn = () =>
      locks.request(name, { signal: queue.signal }, async () => {
        // The answer of the tab before may lie in the ear already.
        await board.catchUp()
        if (isWaiting) await askAndTell()
      })
    locks
      .request(name, { ifAvailable: true }, async (lock) => {
        if (lock === null) return false
        await askAndTell()
        return true
      })
      .then((isAsked) => (isAsked || !isWaiting ? undefined : waitForTurn()))
      .catch((error: unknown) => {
        // Left the queue with an answer, or to ask alone.
        if (!queue.signal.aborted) reject(error)
      })
  })
}

/** Where the tabs of this browser tell each other answers. */
class Board {
  readonly #mouth = new BroadcastChannel('daxfleet-answers')
  /** Hears what its own tab says as well. */
  readonly #ear = new BroadcastChannel('daxfleet-answers')
  readonly #wishes = new Set<Wish>()
  readonly #marks = new Map<string, () => void>()

  constructor() {
    this.#ear.onmessage = ({ data }: MessageEvent<Answer | Mark>) => {
      if ('mark' in data) this.#pass(data)
      else this.#hear(data)
    }
  }

  wish(url: string, take: (body: string) => void): Wish {
    const wish = { url, sinceMs: Date.now(), take }
    this.#wishes.add(wish)
    return wish
  }

  forget(wish: Wish): void {
    this.#wishes.delete(wish)
  }

  tell(answer: Answer): void {
    this.#mouth.postMessage(answer)
  }

  /** Resolves when all has been heard that was told before. */
  catchUp(): Promise<void> {
    return new Promise((resolve) => {
      const mark = `${Math.random()}`
      this.#marks.set(mark, resolve)
      this.#mouth.postMessage({ mark })
    })
  }

  #pass({ mark }: Mark): void {
    this.#marks.get(mark)?.()
    this.#marks.delete(mark)
  }

  #hear({ url, askedAtMs, body }: Answer): void {
    for (const wish of [...this.#wishes]) if (wish.url === url && wish.sinceMs < askedAtMs) wish.take(body)
  }
}

function lockManager(): LockManager | undefined {
  return typeof navigator !== 'undefined' && 'locks' in navigator ? navigator.locks : undefined
}
