'use client'

import { Check } from 'lucide-react'
import { useCopy } from '@/app/_lib/use-copy'

/** A device's identity, short at rest; whole on hover, with the focus on it, and in what a press copies. */
export function Identity({ whole, short }: { whole: string; short: string }) {
  const { copied, copy } = useCopy(whole)
  return (
    <button
      type="button"
      title={whole}
      aria-label={`Copy the identity ${whole}`}
      onClick={() => void copy()}
      className="group inline-flex items-center gap-1 rounded-sm text-left font-mono text-xs underline decoration-transparent underline-offset-4 hover:decoration-line-strong"
    >
      <span className="group-focus:hidden">{short}</span>
      <span className="hidden group-focus:inline [overflow-wrap:anywhere]">{whole}</span>
      {copied ? <Check size={12} aria-hidden="true" className="shrink-0 text-ok" /> : null}
      <span role="status" className="sr-only">
        {copied ? 'Copied' : ''}
      </span>
    </button>
  )
}
