'use client'

import { type RefObject, useRef } from 'react'
import { useHotkeys } from '@/app/_lib/use-hotkeys'

/** j and k move the focus along the links that `selector` finds, from where it is. */
export function useRowKeys(selector: string): RefObject<HTMLDivElement | null> {
  const ref = useRef<HTMLDivElement>(null)
  const move = (by: 1 | -1) => {
    const links = [...(ref.current?.querySelectorAll<HTMLElement>(selector) ?? [])]
    const at = links.findIndex((link) => link.matches(':focus'))
    const next = at < 0 ? (by === 1 ? 0 : links.length - 1) : at + by
    links[Math.min(links.length - 1, Math.max(0, next))]?.focus()
  }
  useHotkeys({ j: () => move(1), k: () => move(-1) })
  return ref
}
