'use client'

import { useEffect, useRef } from 'react'

/** Titles of what is on the page now, in the order in which it came: the last one stands on the tab. */
const shown: { title: string }[] = []
/** What stands there by us; anything else is the page's own, which a next page may have put there already. */
let ours: string | null = null
let pages = ''

function show(): void {
  const top = shown.at(-1)
  if (document.title !== ours) pages = document.title
  if (top !== undefined || document.title === ours) document.title = top?.title ?? pages
  ours = top?.title ?? null
}

/** Puts `title` on the browser's tab while the component is there; null leaves what stands there. */
export function useTabTitle(title: string | null): void {
  const entry = useRef<{ title: string } | null>(null)
  useEffect(() => {
    if (title === null) return
    if (entry.current === null) {
      entry.current = { title }
      shown.push(entry.current)
    } else {
      entry.current.title = title
    }
    show()
  }, [title])
  // Not at each new title, which would lose its place among the others.
  const hasTitle = title !== null
  useEffect(() => {
    if (!hasTitle) return
    return () => {
      if (entry.current !== null) shown.splice(shown.indexOf(entry.current), 1)
      entry.current = null
      show()
    }
  }, [hasTitle])
}
