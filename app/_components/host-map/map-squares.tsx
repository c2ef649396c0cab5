'use client'

import { clsx } from 'clsx'
import Link from 'next/link'
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { formatBytes, formatCount } from '@/app/_lib/format'
import type { CapacityMap } from '@/server/capacity/schema'
import { kibToBytes } from '../chart/axis'
import { type HostGroup, onlineKib } from './group-hosts'
import { GroupLink } from './group-link'
import { cornerOf, gridOf, nextSpot, pitchFor, type Spot } from './map-grid'
import { MapGroup } from './map-group'
import type { Colouring, Sizing } from './map-paths'
import { hostWords } from './map-words'

/**
 * Every host as a square. One real link lies over the square at the pointer or the keyboard's cursor: it opens, opens in
 * a new window and is read out like any link, for ten thousand hosts as for ten.
 */
export function MapSquares({
  map,
  groups,
  label,
  filter,
  colour,
  size,
}: {
  map: CapacityMap
  groups: readonly HostGroup[]
  label: string | null
  filter: string
  colour: Colouring
  size: Sizing
}) {
  const frame = useRef<HTMLDivElement>(null)
  const link = useRef<HTMLAnchorElement>(null)
  const [widthPixels, setWidthPixels] = useState(0)
  const [spot, setSpot] = useState<Spot>({ group: 0, index: 0 })
  const [said, setSaid] = useState('')
  // biome-ignore lint/correctness/useExhaustiveDependencies: other groups are other elements
  useEffect(() => {
    const element = frame.current?.querySelector('[data-squares]')
    if (!element) return
    const measure = () => {
      if (element.clientWidth > 0) setWidthPixels(element.clientWidth)
    }
    measure()
    const sizes = new ResizeObserver(measure)
    sizes.observe(element)
    return () => sizes.disconnect()
  }, [groups])

  const pitch = pitchFor(map.ids.length)
  const largestKib = useMemo(
    () => map.ids.reduce((most, _, place) => Math.max(most, onlineKib(map, place)), 0),
    [map],
  )
  const grids = useMemo(
    () =>
      groups.map(({ places }) => ({ count: places.length, grid: gridOf(places.length, widthPixels, pitch) })),
    [groups, widthPixels, pitch],
  )
  const onSquare = useCallback((group: number, index: number) => setSpot({ group, index }), [])
  const here = groups[spot.group] ? spot : { group: 0, index: 0 }
  const place = groups[here.group]?.places[here.index] ?? groups[0]?.places[0]
  const grid = grids[here.group]?.grid

  useEffect(() => {
    const squares = frame.current?.querySelectorAll<HTMLElement>('[data-squares]')[here.group]
    if (!link.current || !squares || !grid) return
    const { x, y } = cornerOf(grid, here.index)
    const { style } = link.current
    style.left = `${squares.offsetLeft + x - 1}px`
    style.top = `${squares.offsetTop + y - 1}px`
    style.width = `${grid.pitch + 1}px`
    style.height = `${grid.pitch + 1}px`
  }, [here.group, here.index, grid])

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const next = nextSpot(grids, here, event.key)
    if (next === null) return
    event.preventDefault()
    setSpot(next)
    const nextPlace = groups[next.group]?.places[next.index]
    if (nextPlace !== undefined) setSaid(hostWords(map, nextPlace))
  }
  const words = place === undefined ? '' : hostWords(map, place)
  return (
    <div className="grid gap-2">
      <p className="min-h-8 text-ink-2 text-xs sm:min-h-4">{words}</p>
      <p role="status" className="sr-only">
        {said}
      </p>
      <div ref={frame} className="relative grid gap-1.5">
        {groups.map((group, at) => {
          const grid = grids[at]?.grid
          return (
            <div
              key={`${group.name} ${group.folded}`}
              className={clsx(
                'grid gap-x-3 gap-y-0.5',
                label !== null && 'sm:grid-cols-[92px_minmax(0,1fr)_104px]',
              )}
            >
              {label === null ? null : <GroupLink label={label} group={group} filter={filter} />}
              <div data-squares className="min-w-0">
                {grid && widthPixels > 0 ? (
                  <MapGroup
                    map={map}
                    places={group.places}
                    grid={grid}
                    colour={colour}
                    size={size}
                    largestKib={largestKib}
                    group={at}
                    onSquare={onSquare}
                  />
                ) : null}
              </div>
              {label === null ? null : (
                <span className="text-right text-ink-3 text-xs max-sm:hidden">
                  {formatCount(group.places.length)} · {formatBytes(kibToBytes(group.onlineKib))}
                </span>
              )}
            </div>
          )
        })}
        {place === undefined ? null : (
          <Link
            ref={link}
            href={`/hosts/${map.ids[place]}`}
            aria-label={words}
            title={map.names[place]}
            prefetch={false}
            onKeyDown={onKeyDown}
            className="absolute rounded-[3px] hover:outline-2 hover:outline-ink"
          />
        )}
      </div>
    </div>
  )
}
