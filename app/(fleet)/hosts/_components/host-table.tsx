'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useRef, useState } from 'react'
import { Button } from '@/app/_components/button'
import { useHotkeys } from '@/app/_lib/use-hotkeys'
import type { HostRow } from '@/server/hosts/schemas/row'
import { HostTableGap } from './host-table-gap'
import { HostTableHead } from './host-table-head'
import { HostTableRow } from './host-table-row'
import type { Sort } from './use-host-view'

const ROW_PX = 33

export interface HostTableProps {
  /** By place in the list; rows not read yet are missing. */
  rows: ReadonlyMap<number, HostRow>
  count: number
  onRange: (first: number, last: number) => void
  sort: Sort
  direction: 'asc' | 'desc'
  onSort: (sort: Sort, direction: 'asc' | 'desc') => void
  onClear: () => void
  selected: ReadonlySet<string>
  onSelect: (selected: ReadonlySet<string>) => void
  onSelectAll: () => void
}

/** Draws only the rows in view: ten thousand hosts scroll like ten. j and k move the focus, x selects. */
export function HostTable(props: HostTableProps) {
  const {
    rows: hosts,
    count,
    onRange,
    sort,
    direction,
    onSort,
    onClear,
    selected,
    onSelect,
    onSelectAll,
  } = props
  const scroller = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(-1)
  const [shouldFocus, setShouldFocus] = useState(false)
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    scrollPaddingStart: 30,
  })
  const move = (by: number) => {
    if (count === 0) return
    const next = Math.min(count - 1, Math.max(0, active + by))
    setActive(next)
    setShouldFocus(true)
    rows.scrollToIndex(next)
  }
  const latest = useRef({ selected, onSelect })
  useEffect(() => {
    latest.current = { selected, onSelect }
  })
  const toggle = useCallback((id: string) => {
    const next = new Set(latest.current.selected)
    if (!next.delete(id)) next.add(id)
    latest.current.onSelect(next)
  }, [])
  useHotkeys({
    j: () => move(1),
    k: () => move(-1),
    x: () => {
      const host = hosts.get(active)
      if (host) toggle(host.id)
    },
  })
  const items = rows.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  useEffect(() => onRange(first, last))
  // The row may only come into being with the scroll: it is focused once it is there.
  useEffect(() => {
    if (!shouldFocus) return
    const link = scroller.current?.querySelector<HTMLElement>(`[data-row="${active}"] a`)
    if (!link) return
    link.focus({ preventScroll: true })
    setShouldFocus(false)
  })

  return (
    <div
      ref={scroller}
      className="relative max-h-[max(360px,calc(100dvh-330px))] overflow-auto rounded-lg border border-line bg-surface shadow-card"
    >
      <table aria-label="Hosts" aria-rowcount={count + 1} className="block">
        <HostTableHead
          sort={sort}
          direction={direction}
          onSort={onSort}
          allSelected={count > 0 && selected.size >= count}
          onSelectAll={(all) => (all ? onSelectAll() : onSelect(new Set()))}
        />
        <tbody className="relative block" ref={heightOf(rows.getTotalSize())}>
          {items.map((item) => {
            const host = hosts.get(item.index)
            if (!host) return <HostTableGap key={item.key} topPx={item.start} />
            return (
              <HostTableRow
                key={host.id}
                host={host}
                index={item.index}
                topPx={item.start}
                isSelected={selected.has(host.id)}
                onToggle={toggle}
                onFocus={setActive}
              />
            )
          })}
        </tbody>
      </table>
      {count === 0 ? (
        <div className="grid justify-items-center gap-2 p-10 text-ink-2">
          No host matches this filter.
          <Button onClick={onClear}>Clear the filter</Button>
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
