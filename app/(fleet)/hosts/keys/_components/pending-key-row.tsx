import { clsx } from 'clsx'
import Link from 'next/link'
import { useLayoutEffect, useRef } from 'react'
import { Fingerprint } from '@/app/_components/fingerprint'
import { StatePill } from '@/app/_components/state-pill'
import type { Mark } from '@/app/_lib/states'
import type { PendingKey } from '@/server/host-keys/schema'
import type { KeyVerdictName } from '@/server/host-keys/vocabulary'

export const VERDICT_MARKS: Record<KeyVerdictName, Mark> = {
  matches: { tone: 'ok', word: 'Matches' },
  differs: { tone: 'fail', word: 'Differs' },
  revoked: { tone: 'lost', word: 'Revoked' },
  absent: { tone: 'skip', word: 'Not in file' },
}

/** Side by side where there is room; below that a row is a small card. */
export const PENDING_GRID =
  'grid gap-x-3 gap-y-1 px-3.5 items-start grid-cols-[minmax(0,1fr)] md:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_27ch_27ch]'

export function PendingKeyRow({
  shown,
  index,
  topPx,
  measure,
}: {
  shown: PendingKey
  index: number
  topPx: number
  measure: (element: HTMLElement | null) => void
}) {
  const ref = useRef<HTMLTableRowElement>(null)
  useLayoutEffect(() => {
    if (ref.current) ref.current.style.transform = `translateY(${topPx}px)`
  }, [topPx])
  useLayoutEffect(() => measure(ref.current))
  return (
    <tr
      ref={ref}
      data-index={index}
      aria-rowindex={index + 2}
      className={clsx(PENDING_GRID, 'absolute inset-x-0 top-0 border-line border-b py-2')}
    >
      <td className="min-w-0">
        <Link
          prefetch={false}
          href={`/hosts/${shown.hostId}?tab=access`}
          className="block truncate rounded-sm font-mono text-xs hover:underline"
        >
          {shown.hostName}
        </Link>
        <span className="block truncate text-ink-3 text-xs">
          {shown.address}:{shown.port}
        </span>
      </td>
      <td className="text-ink-2 text-xs wrap-anywhere">
        {shown.verdict === null ? (
          <span className="text-ink-3">–</span>
        ) : (
          <StatePill {...VERDICT_MARKS[shown.verdict]} />
        )}
        {shown.reason ? <span className="block">{shown.reason}</span> : null}
      </td>
      <td>
        <Fingerprint algorithm={shown.algorithm} value={shown.fingerprint} />
      </td>
      <td className="max-md:empty:hidden">
        {shown.trusted.map((key) => (
          <Fingerprint
            key={key.fingerprint}
            algorithm={`trusted: ${key.algorithm}`}
            value={key.fingerprint}
          />
        ))}
      </td>
    </tr>
  )
}
