'use client'

import { useQuery } from '@tanstack/react-query'
import { useTRPC } from '@/app/_lib/trpc'
import { Ago } from '../ago'
import { Glyph } from '../state-pill'

/** On every page while the fleet-wide stop is pulled. */
export function StopBanner({ onRelease }: { onRelease: () => void }) {
  const trpc = useTRPC()
  const { data: stop } = useQuery(trpc.fleet.stop.queryOptions())
  if (!stop?.pulled) return null
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-2 border-fail/30 border-b bg-fail-bg px-5 py-1.5"
    >
      <Glyph tone="fail" />
      <span className="font-semibold">The fleet is stopped.</span>
      <span className="break-words">{stop.reason || 'No reason was given.'}</span>
      <span className="text-ink-2 text-xs">
        {stop.changedBy ?? 'someone'}, <Ago at={stop.changedAt} />
      </span>
      <button
        type="button"
        onClick={onRelease}
        className="ml-auto rounded-sm font-medium underline underline-offset-2"
      >
        Release…
      </button>
    </div>
  )
}
