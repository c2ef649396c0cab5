'use client'

import { formatAgo, formatMoment, formatSpan } from '@/app/_lib/format'
import { useNow } from '@/app/_lib/use-now'

/** Relative time that keeps itself current; the exact moment, in the viewer's zone, on hover. */
export function Ago({ at, never = 'never' }: { at: Date | null; never?: string }) {
  const now = useNow()
  if (at === null) return <span className="text-ink-3">{never}</span>
  return (
    <time dateTime={at.toISOString()} title={formatMoment(at)}>
      {formatAgo(at, now < at ? at : now)}
    </time>
  )
}

/** How long something has been so, with the moment it began on hover. */
export function Lasting({ since }: { since: Date }) {
  const now = useNow()
  return (
    <time dateTime={since.toISOString()} title={`since ${formatMoment(since)}`}>
      {formatSpan(since, now)}
    </time>
  )
}
