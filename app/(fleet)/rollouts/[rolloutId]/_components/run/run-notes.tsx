'use client'

import { FaultNote } from '@/app/_components/fault-note'
import { formatCountdown, formatMoment } from '@/app/_lib/format'
import { closingWords, holdWords } from '@/app/_lib/rollout-run-words'
import { useServerNow } from '@/app/_lib/use-server-now'
import type { RolloutProgress } from '@/server/rollouts/views/progress-schema'

/** What stands in the way while it runs, each with its countdown; how it ended, and what comes next. */
export function RunNotes({ progress, receivedAtMs }: { progress: RolloutProgress; receivedAtMs: number }) {
  const now = useServerNow(progress.readAt, receivedAtMs)
  const closing = closingWords(progress)
  if (closing !== null)
    return (
      <FaultNote
        live={false}
        tone={closing.tone}
        message={closing.message}
        {...(closing.next === '' ? {} : { next: closing.next })}
      />
    )
  const notes = progress.holds.map((hold) => ({ type: hold.type, ...holdWords(hold) }))
  if (notes.length === 0) return null
  return (
    <div className="grid gap-2">
      {notes.map(({ type, tone, message, next, until }) => (
        <FaultNote
          key={type}
          live={false}
          tone={tone}
          message={
            <span className="flex flex-wrap items-baseline justify-between gap-x-4">
              <span className="min-w-0">{message}</span>
              {until === null ? null : (
                <time dateTime={until.toISOString()} title={formatMoment(until)} className="font-semibold">
                  {formatCountdown(until.getTime() - now.getTime())}
                </time>
              )}
            </span>
          }
          {...(next === '' ? {} : { next })}
        />
      ))}
    </div>
  )
}
