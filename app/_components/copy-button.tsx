'use client'

import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { notify } from '@/app/_lib/notify'
import { Button } from './button'

/** Copies `text`; `label` says what for those who cannot see where it stands. */
export function CopyButton({ text, label }: { text: string; label: string }) {
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
  const Icon = copied ? Check : Copy
  return (
    <Button look="quiet" className="px-1.5 text-xs" onClick={copy} aria-label={`Copy ${label}`}>
      <Icon size={13} aria-hidden="true" />
      <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
    </Button>
  )
}
