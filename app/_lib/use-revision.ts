'use client'

import { useRef } from 'react'

/** A number that stands for the value: megabytes make no key. */
export function useRevision(value: unknown): number {
  const held = useRef({ value, revision: 0 })
  if (held.current.value !== value) held.current = { value, revision: held.current.revision + 1 }
  return held.current.revision
}
