import type { ReactNode } from 'react'

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="rounded-sm border border-line-strong px-[5px] font-mono text-[11px] text-ink-3 leading-4">
      {children}
    </kbd>
  )
}
