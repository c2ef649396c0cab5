'use client'

import { useEffect, useState } from 'react'
import { notify } from './notify'

/** Copies `text`; `copied` is true for a moment afterwards. */
export function useCopy(text: string): { copied: boolean; copy: () => Promise<void> } {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [copied])

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setCopied(true)
    } catch {
      notify({
        tone: 'fail',
        message: 'The browser did not let the page copy.',
        next: 'Select the text and copy it.',
      })
    }
  }
  return { copied, copy }
}
