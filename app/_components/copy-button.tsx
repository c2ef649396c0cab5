'use client'

import { Check, Copy } from 'lucide-react'
import { useCopy } from '@/app/_lib/use-copy'
import { Button } from './button'

/** Copies `text`; `label` says what for those who cannot see where it stands. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { copied, copy } = useCopy(text)
  const Icon = copied ? Check : Copy
  return (
    <Button look="quiet" className="px-1.5 text-xs" onClick={() => void copy()} aria-label={`Copy ${label}`}>
      <Icon size={13} aria-hidden="true" />
      <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
    </Button>
  )
}
