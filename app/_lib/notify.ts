import type { Tone } from './states'

export interface Notice {
  id: number
  tone: Tone
  message: string
  next: string
}

let notices: readonly Notice[] = []
let lastId = 0
const listeners = new Set<() => void>()

function set(next: readonly Notice[]): void {
  notices = next
  for (const tell of listeners) tell()
}

/** Says something at the edge of the screen. Failures stay until dismissed; the rest leaves by itself. */
export function notify(notice: { tone: Tone; message: string; next?: string }): void {
  lastId += 1
  const id = lastId
  set([...notices.slice(-3), { next: '', ...notice, id }])
  if (notice.tone !== 'fail') setTimeout(() => dismiss(id), 6_000)
}

export function dismiss(id: number): void {
  set(notices.filter((notice) => notice.id !== id))
}

export const noticeStore = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  read: () => notices,
}
