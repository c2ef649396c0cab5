import { clsx } from 'clsx'
import { useLayoutEffect, useRef } from 'react'
import { StatePill } from '@/app/_components/state-pill'
import type { ImportRow } from '@/server/imports/schema'
import { VERDICT_MARKS } from './import-words'
import { labelWords } from './rejected-csv'

/** Side by side where there is room; below that a row is a small card. */
export const PREVIEW_GRID =
  'grid gap-x-3 px-3.5 items-baseline grid-cols-[auto_minmax(0,1fr)] md:grid-cols-[44px_104px_minmax(0,1fr)_minmax(0,1.2fr)_minmax(0,1.4fr)]'

export function PreviewRow({
  row,
  index,
  topPx,
  measure,
}: {
  row: ImportRow
  index: number
  topPx: number
  measure: (element: HTMLElement | null) => void
}) {
  const ref = useRef<HTMLTableRowElement>(null)
  useLayoutEffect(() => {
    if (ref.current) ref.current.style.transform = `translateY(${topPx}px)`
  }, [topPx])
  useLayoutEffect(() => measure(ref.current))
  const { host } = row
  return (
    <tr
      ref={ref}
      data-index={index}
      aria-rowindex={index + 2}
      className={clsx(
        PREVIEW_GRID,
        'absolute inset-x-0 top-0 border-line border-b py-1.5 max-md:gap-y-0.5 max-md:py-2',
      )}
    >
      <td
        title={`${row.source}, line ${row.line}`}
        className="text-ink-3 text-xs max-md:order-1 max-md:justify-self-end max-md:before:content-['line_']"
      >
        {row.line}
      </td>
      <td>
        <StatePill {...VERDICT_MARKS[row.verdict]} />
      </td>
      <td
        title={host?.name ?? row.text}
        className="truncate font-mono text-xs max-md:order-2 max-md:col-span-2"
      >
        {host?.name ?? row.text}
      </td>
      <td className="font-mono text-ink-2 text-xs wrap-anywhere max-md:order-2 max-md:col-span-2 max-md:empty:hidden">
        {host ? `${host.username}@${host.address}:${host.port}` : null}
      </td>
      <td className="text-ink-2 text-xs wrap-anywhere max-md:order-2 max-md:col-span-2 max-md:empty:hidden">
        {row.reason || labelWords(host?.labels ?? {})}
        {row.jump === null ? null : (
          <span className="block text-ink-3">through {row.jumpHost ?? row.jump}</span>
        )}
      </td>
    </tr>
  )
}
