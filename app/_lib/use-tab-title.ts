'use client'

import { useEffect } from 'react'

/** Puts `title` on the browser's tab while the component is there; null leaves the page's own. */
export function useTabTitle(title: string | null): void {
  useEffect(() => {
    if (title === null) return
    const before = document.title
    document.title = title
    return () => {
      document.title = before
    }
  }, [title])
}
