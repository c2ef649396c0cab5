import { memo, useMemo } from 'react'
import type { CapacityMap } from '@/server/capacity/schema'
import { mapLook } from './map-fills'
import { type Grid, squareAt } from './map-grid'
import { attentionPath, type Colouring, mapPaths, type Sizing } from './map-paths'

/** The squares of one group: a path for each fill. What lies under the pointer is reckoned, not asked of the page. */
export const MapGroup = memo(function MapGroup({
  map,
  places,
  grid,
  colour,
  size,
  largestKib,
  group,
  onSquare,
}: {
  map: CapacityMap
  places: readonly number[]
  grid: Grid
  colour: Colouring
  size: Sizing
  largestKib: number
  group: number
  onSquare: (group: number, index: number) => void
}) {
  const paths = useMemo(
    () => mapPaths(map, places, grid, { colour, size, largestKib }),
    [map, places, grid, colour, size, largestKib],
  )
  const attention = useMemo(() => attentionPath(map, places, grid), [map, places, grid])
  const width = grid.columns * grid.pitch
  const height = grid.rows * grid.pitch
  return (
    <svg
      aria-hidden="true"
      width={width}
      height={height}
      onPointerMove={(event) => {
        const { left, top } = event.currentTarget.getBoundingClientRect()
        const index = squareAt(grid, places.length, event.clientX - left, event.clientY - top)
        if (index !== null) onSquare(group, index)
      }}
      className="block overflow-visible"
    >
      {paths.map(({ fill, path }) => {
        const { color, over } = mapLook(fill)
        return (
          <g key={fill}>
            <path d={path} className={color} />
            {over === null ? null : <path d={path} fill={over} />}
          </g>
        )
      })}
      {attention === '' || colour === 'state' ? null : (
        <path d={attention} className="fill-none stroke-fail" strokeWidth={1.5} />
      )}
    </svg>
  )
})
