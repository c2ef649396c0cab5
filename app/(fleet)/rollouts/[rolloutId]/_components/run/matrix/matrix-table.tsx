'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import { clsx } from 'clsx'
import { useSearchParams } from 'next/navigation'
import { useEffect, useRef, useState } from 'react'
import { Button } from '@/app/_components/button'
import { MATRIX_STEPS } from '@/app/_lib/rollout-cells'
import { STEP_WORDS, stepWord } from '@/app/_lib/steps'
import { useHotkeys } from '@/app/_lib/use-hotkeys'
import type { RolloutKind } from '@/server/plans/vocabulary'
import type { RolloutDetail } from '@/server/rollouts/schema'
import { MATRIX_GRID, STEP_CELL } from './columns'
import { MatrixGap } from './matrix-gap'
import { MatrixRow } from './matrix-row'
import type { useRowWindow } from './use-row-window'

const ROW_PX = 28

/** Draws only the rows in view: ten thousand hosts scroll like ten. j and k move the focus, Enter opens the host. */
export function MatrixTable({
  list,
  rollout,
  openHost,
  onOpen,
  onClear,
}: {
  list: ReturnType<typeof useRowWindow>
  rollout: RolloutDetail
  openHost: string | null
  onOpen: (hostId: string) => void
  onClear: () => void
}) {
  const { rows: devices, matching: count, onRange } = list
  const scroller = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(-1)
  const [shouldFocus, setShouldFocus] = useState(false)
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    scrollPaddingStart: 30,
  })
  const move = (by: number) => {
    if (count === 0) return
    const next = Math.min(count - 1, Math.max(0, active + by))
    setActive(next)
    setShouldFocus(true)
    rows.scrollToIndex(next)
  }
  useHotkeys({ j: () => move(1), k: () => move(-1) })
  const params = new URLSearchParams(useSearchParams())
  params.delete('host')
  const search = params.size === 0 ? '?' : `?${params}&`
  const items = rows.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  useEffect(() => onRange(first, Math.max(first, last)))
  // The row may only come into being with the scroll: it is focused once it is there.
  useEffect(() => {
    if (!shouldFocus) return
    const link = scroller.current?.querySelector<HTMLElement>(`[data-row="${active}"] a`)
    if (!link) return
    link.focus({ preventScroll: true })
    setShouldFocus(false)
  })
  return (
    <div ref={scroller} className="relative max-h-[max(320px,calc(100dvh-260px))] overflow-auto rounded-b-lg">
      <table aria-label="Hosts by step" aria-rowcount={count + 1} className="block">
        <thead className="sticky top-0 z-10 block border-line border-b bg-surface">
          <tr
            aria-rowindex={1}
            className={clsx(
              MATRIX_GRID[rollout.kind],
              'h-7 text-left font-medium text-ink-3 text-xs *:truncate *:font-medium',
            )}
          >
            <th scope="col">Host</th>
            <th scope="col" className="max-sm:hidden">
              Device
            </th>
            {MATRIX_STEPS[rollout.kind].map(({ name }) => (
              <th
                key={name}
                scope="col"
                title={whatOf(rollout.kind, name)}
                className={clsx(STEP_CELL, 'text-center')}
              >
                {stepWord(name)}
              </th>
            ))}
            <th scope="col">State</th>
            <th scope="col" className="text-right max-sm:hidden">
              Gained
            </th>
            <th scope="col" className="text-right">
              Took
            </th>
          </tr>
        </thead>
        <tbody className="relative block" ref={heightOf(rows.getTotalSize())}>
          {items.map((item) => {
            const row = devices.get(item.index)
            if (!row) return <MatrixGap key={item.key} topPx={item.start} />
            return (
              <MatrixRow
                key={row.id}
                row={row}
                index={item.index}
                topPx={item.start}
                isFirst={devices.get(item.index - 1)?.hostId !== row.hostId}
                isOpen={row.hostId === openHost}
                kind={rollout.kind}
                policy={rollout.policy}
                search={search}
                onOpen={onOpen}
                onFocus={setActive}
              />
            )
          })}
        </tbody>
      </table>
      {count === 0 ? (
        <div className="grid justify-items-center gap-2 p-10 text-ink-2">
          No host of this rollout matches.
          <Button onClick={onClear}>Show all</Button>
        </div>
      ) : null}
    </div>
  )
}

/** Sizes are set on the mounted element: a style attribute in the page's HTML would be refused by its policy. */
function heightOf(px: number) {
  return (element: HTMLElement | null) => {
    if (element) element.style.height = `${px}px`
  }
}

function whatOf(kind: RolloutKind, name: string): string | undefined {
  const step = STEP_WORDS[kind].find((each) => each.name === name)
  return step && `${step.word}: ${step.what}`
}
