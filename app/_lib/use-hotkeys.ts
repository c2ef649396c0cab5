'use client'

import { useEffect, useRef } from 'react'

export type KeyMap = Readonly<Record<string, (event: KeyboardEvent) => void>>

/** Keys of the page: `j`, `Enter`, `?`, `mod+k` (Ctrl or Cmd). Silent while someone types or a dialog is open. */
export function useHotkeys(keys: KeyMap): void {
  const current = useRef(keys)
  useEffect(() => {
    current.current = keys
  })
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || event.isComposing) return
      const isMod = event.ctrlKey || event.metaKey
      const name = `${isMod ? 'mod+' : ''}${event.key}`
      const act = current.current[name]
      if (act === undefined) return
      if (document.querySelector('dialog[open]') !== null) return
      if (!isMod && isTyping(event.target)) return
      act(event)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  )
}
