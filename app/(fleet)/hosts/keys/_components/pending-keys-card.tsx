'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import { clsx } from 'clsx'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import { useRef } from 'react'
import { Card } from '@/app/_components/card'
import { Choice } from '@/app/_components/choice'
import { Glyph } from '@/app/_components/state-pill'
import { formatCount } from '@/app/_lib/format'
import type { PendingKey } from '@/server/host-keys/schema'
import { keyVerdicts } from '@/server/host-keys/vocabulary'
import { PENDING_GRID, PendingKeyRow, VERDICT_MARKS } from './pending-key-row'

const ROW_PX = 60

/** Each key with its fingerprint; filtered by what the file says of it. */
export function PendingKeysCard({ keys, isCompared }: { keys: readonly PendingKey[]; isCompared: boolean }) {
  const [verdict, setVerdict] = useQueryState('verdict', parseAsStringLiteral(keyVerdicts))
  const shown = isCompared && verdict !== null ? keys.filter((key) => key.verdict === verdict) : keys
  if (keys.length === 0) return null
  return (
    <Card title="Keys that wait">
      {isCompared ? (
        <fieldset className="flex flex-wrap gap-1.5 border-line border-b px-3.5 py-2">
          <legend className="sr-only">Show keys by verdict</legend>
          <Choice isOn={verdict === null} onChoose={() => void setVerdict(null)}>
            All {formatCount(keys.length)}
          </Choice>
          {keyVerdicts.map((each) => (
            <Choice key={each} isOn={verdict === each} onChoose={() => void setVerdict(each)}>
              <Glyph tone={VERDICT_MARKS[each].tone} />
              {VERDICT_MARKS[each].word} {formatCount(keys.filter((key) => key.verdict === each).length)}
            </Choice>
          ))}
        </fieldset>
      ) : null}
      <KeyTable key={verdict ?? 'all'} keys={shown} />
    </Card>
  )
}

function KeyTable({ keys }: { keys: readonly PendingKey[] }) {
  const scroller = useRef<HTMLElement>(null)
  const virtual = useVirtualizer({
    count: keys.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  })
  if (keys.length === 0) return <p className="px-3.5 py-4 text-ink-2">No key has this verdict.</p>
  return (
    <section
      ref={scroller}
      aria-label="Keys that wait"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      className="relative max-h-[max(320px,calc(100dvh-420px))] overflow-auto rounded-b-lg"
    >
      <table aria-label="Keys that wait" aria-rowcount={keys.length + 1} className="block w-full">
        <thead className="sticky top-0 z-10 block bg-surface max-md:sr-only">
          <tr className={clsx(PENDING_GRID, 'h-7 border-line border-b text-left text-ink-3 text-xs')}>
            {['Host', 'The file says', 'Shown', 'Trusted so far'].map((title) => (
              <th key={title} scope="col" className="font-medium">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="relative block" ref={heightOf(virtual.getTotalSize())}>
          {virtual.getVirtualItems().map((item) => {
            const key = keys[item.index]
            return key ? (
              <PendingKeyRow
                key={item.key}
                shown={key}
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
