'use client'

import { useEffect } from 'react'
import type { Tone } from './states'

/** A fill by tone that is told apart on light and dark tabs, and a shape that needs no colour. */
const ICONS: Record<Tone, { fill: string; shape: string }> = {
  ok: { fill: '#00996f', shape: '<circle cx="16" cy="16" r="13"/>' },
  run: {
    fill: '#2b8fd6',
    shape:
      '<path d="M16 3a13 13 0 0 1 0 26z"/><circle cx="16" cy="16" r="11.5" fill="none" stroke-width="3"/>',
  },
  wait: { fill: '#7c8695', shape: '<circle cx="16" cy="16" r="11.5" fill="none" stroke-width="3"/>' },
  warn: { fill: '#c98500', shape: '<path d="M16 3 30 28H2z"/>' },
  fail: { fill: '#d9541e', shape: '<path d="M4 4h24v24H4z"/>' },
  skip: { fill: '#7c8695', shape: '<path d="m16 3 13 13-13 13L3 16z" fill="none" stroke-width="3"/>' },
  lost: { fill: '#b35a97', shape: '<path d="m5 5 22 22M27 5 5 27" stroke-width="6"/>' },
}

/** Puts a state's mark on the browser's tab while the component is there; the page's own icon comes back after. */
export function useTabIcon(tone: Tone): void {
  useEffect(() => {
    const { fill, shape } = ICONS[tone]
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="${fill}" stroke="${fill}" stroke-width="0">${shape}</svg>`
    const link = document.createElement('link')
    link.rel = 'icon'
    link.type = 'image/svg+xml'
    link.href = `data:image/svg+xml,${encodeURIComponent(svg)}`
    // The last icon of the document is the one that is shown.
    document.head.append(link)
    return () => link.remove()
  }, [tone])
}
