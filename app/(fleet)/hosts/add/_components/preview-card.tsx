'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import { clsx } from 'clsx'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import { useMemo, useRef } from 'react'
import { Button } from '@/app/_components/button'
import { Card } from '@/app/_components/card'
import { Choice } from '@/app/_components/choice'
import { Glyph } from '@/app/_components/state-pill'
import { download } from '@/app/_lib/csv'
import { formatCount, plural } from '@/app/_lib/format'
import type { ImportRow } from '@/server/imports/schema'
import { type ImportVerdict, importVerdicts } from '@/server/imports/vocabulary'
import { VERDICT_MARKS } from './import-words'
import { PREVIEW_GRID, PreviewRow } from './preview-row'
import { rejectedCsv } from './rejected-csv'

const ROW_PX = 34

/** A verdict a row; what cannot be added comes back as CSV to be mended elsewhere. */
export function PreviewCard({ rows }: { rows: readonly ImportRow[] }) {
  const [verdict, setVerdict] = useQueryState('verdict', parseAsStringLiteral(importVerdicts))
  const rejected = useMemo(() => rows.filter((row) => row.verdict !== 'new'), [rows])
  const shown = useMemo(
    // What needs a look comes first.
    () =>
      verdict === null
        ? [...rejected, ...rows.filter((row) => row.verdict === 'new')]
        : rows.filter((row) => row.verdict === verdict),
    [rows, rejected, verdict],
  )
  return (
    <Card
      title="What was read"
      meta={`${plural(rows.length - rejected.length, 'new host')}, ${formatCount(rejected.length)} left out`}
      aside={
        rejected.length > 0 ? (
          <Button
            look="quiet"
            className="px-1.5 text-xs"
            onClick={() => download('daxfleet-rejected.csv', rejectedCsv(rejected))}
          >
            Left out as CSV
          </Button>
        ) : null
      }
    >
      <VerdictFilter rows={rows} verdict={verdict} onVerdict={(next) => void setVerdict(next)} />
      <PreviewTable key={verdict ?? 'all'} rows={shown} />
    </Card>
  )
}

function VerdictFilter({
  rows,
  verdict,
  onVerdict,
}: {
  rows: readonly ImportRow[]
  verdict: ImportVerdict | null
  onVerdict: (verdict: ImportVerdict | null) => void
}) {
  const count = (asked: ImportVerdict) => rows.filter((row) => row.verdict === asked).length
  return (
    <fieldset className="flex flex-wrap gap-1.5 border-line border-b px-3.5 py-2">
      <legend className="sr-only">Show rows by verdict</legend>
      <Choice isOn={verdict === null} onChoose={() => onVerdict(null)}>
        All {formatCount(rows.length)}
      </Choice>
      {importVerdicts.map((each) => (
        <Choice key={each} isOn={verdict === each} onChoose={() => onVerdict(each)}>
          <Glyph tone={VERDICT_MARKS[each].tone} />
          {VERDICT_MARKS[each].word} {formatCount(count(each))}
        </Choice>
      ))}
    </fieldset>
  )
}

function PreviewTable({ rows }: { rows: readonly ImportRow[] }) {
  const scroller = useRef<HTMLElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
  })
  if (rows.length === 0) return <p className="px-3.5 py-4 text-ink-2">No row has this verdict.</p>
  return (
    <section
      ref={scroller}
      aria-label="What was read"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      className="relative max-h-[max(320px,calc(100dvh-420px))] overflow-auto rounded-b-lg"
    >
      <table aria-label="What was read" aria-rowcount={rows.length + 1} className="block w-full">
        <thead className="sticky top-0 z-10 block bg-surface max-md:sr-only">
          <tr className={clsx(PREVIEW_GRID, 'h-7 border-line border-b text-left text-ink-3 text-xs')}>
            {['Line', 'Verdict', 'Host', 'Address', 'Labels, or why not'].map((title) => (
              <th key={title} scope="col" className="font-medium">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="relative block" ref={heightOf(virtual.getTotalSize())}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index]
            return row ? (
              <PreviewRow
                key={item.key}
                row={row}
                index={item.index}
                topPx={item.start}
                measure={virtual.measureElement}
              />
            ) : null
          })}
        </tbody>
      </table>
    </section>
  )
}

/** Set on the mounted element, as everywhere: a style attribute in the page's HTML would be refused by its policy. */
function heightOf(px: number) {
  return (element: HTMLElement | null) => {
    if (element) element.style.height = `${px}px`
  }
}
