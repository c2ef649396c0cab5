import { clsx } from 'clsx'
import type { ReactNode } from 'react'
import type { Tone } from '@/app/_lib/states'
import { Glyph } from './state-pill'

const GROUNDS: Partial<Record<Tone, string>> = {
  ok: 'border-ok/30 bg-ok-bg',
  run: 'border-run/30 bg-run-bg',
  warn: 'border-warn/30 bg-warn-bg',
  fail: 'border-fail/30 bg-fail-bg',
  lost: 'border-lost/30 bg-lost-bg',
}

/** What happened, the one next action, and where it can be taken right here, the button for it. */
export function FaultNote({
  tone = 'fail',
  message,
  detail,
  next,
  children,
  live = true,
}: {
  tone?: Tone
  message: ReactNode
  /** What else is known of it. */
  detail?: ReactNode
  next?: ReactNode
  children?: ReactNode
  /** Announced by screen readers when it appears; off for notes that are part of the page from the start. */
  live?: boolean
}) {
  return (
    <div
      role={live ? 'alert' : undefined}
      className={clsx(
        'flex gap-2.5 rounded-lg border px-3.5 py-2.5',
        GROUNDS[tone] ?? 'border-line bg-wait-bg',
      )}
    >
      <Glyph tone={tone} className="mt-[5px] shrink-0" />
      <div className="grid min-w-0 flex-1 gap-1">
        <p className="font-medium break-words">{message}</p>
        {detail ? <div className="grid gap-1 text-ink-2 break-words">{detail}</div> : null}
        {next ? (
          <p className="text-ink-2 break-words">
            <span className="font-medium text-ink">Next: </span>
            {next}
          </p>
        ) : null}
        {children ? <div className="flex flex-wrap gap-2 pt-1">{children}</div> : null}
      </div>
    </div>
  )
}
