'use client'

import { useSyncExternalStore } from 'react'
import type { LiveState } from './live-stream'

let state: LiveState = 'connecting'
let heardAt: Date | null = null
const listeners = new Set<() => void>()

/** Told by whoever keeps the stream; the time at which it was lost stays until it is back. */
export function tellLiveState(next: LiveState): void {
  if (next === state) return
  if (next === 'lost') heardAt = new Date()
  if (next === 'live') heardAt = null
  state = next
  for (const tell of listeners) tell()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Since when nothing arrives any more; null while the stream is there, or has not been there yet. */
export function useLiveLostAt(): Date | null {
  return useSyncExternalStore(
    subscribe,
    () => heardAt,
    () => null,
  )
}
