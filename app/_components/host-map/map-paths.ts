import { ATTENTION_STANDINGS, standingMark, type Tone } from '@/app/_lib/states'
import type { CapacityMap } from '@/server/capacity/schema'
import { onlineKib } from './group-hosts'
import { cornerOf, type Grid } from './map-grid'

export const COLOURINGS = ['tier', 'free', 'state'] as const
export type Colouring = (typeof COLOURINGS)[number]
export const SIZINGS = ['same', 'capacity'] as const
export type Sizing = (typeof SIZINGS)[number]

/** From the bottom of a square up. What is lost to alignment is too little to be seen in one. */
export const SHARE_SERIES = ['dram', 'pmem', 'cxl', 'hbm', 'convertible'] as const
/** How much of a host's memory is available, in fifths, the fullest host first. */
export const FREE_FIFTHS = 5

/** What a piece of a map is filled with: a tier, a fifth of free memory, a state's tone, or nothing that is known. */
export type MapFill = (typeof SHARE_SERIES)[number] | `free${number}` | `tone-${Tone}` | 'unknown'

const GAP = 1
const LEAST_SIDE = 0.4

/** One SVG path for each fill: ten thousand hosts are a handful of elements. */
export function mapPaths(
  map: CapacityMap,
  places: readonly number[],
  grid: Grid,
  { colour, size, largestKib }: { colour: Colouring; size: Sizing; largestKib: number },
): { fill: MapFill; path: string }[] {
  const paths = new Map<MapFill, string[]>()
  const add = (fill: MapFill, x: number, y: number, width: number, height: number) => {
    const pieces = paths.get(fill) ?? []
    paths.set(fill, pieces)
    pieces.push(`M${x} ${y}h${width}v${height}h${-width}z`)
  }
  for (const [index, place] of places.entries()) {
    const { x, y, side } = square(map, place, index, grid, size, largestKib)
    if (colour === 'tier') {
      let bottom = y + side
      for (const { fill, share } of shares(map, place)) {
        const height = round(share * side)
        add(fill, x, round(bottom - height), side, height)
        bottom -= height
      }
    } else {
      add(colour === 'free' ? freeFill(map, place) : toneFill(map, place), x, y, side, side)
    }
  }
  return [...paths].map(([fill, pieces]) => ({ fill, path: pieces.join('') }))
}

/** The fills that a map of all hosts has in it. */
export function usedFills(map: CapacityMap, colour: Colouring): Set<MapFill> {
  return new Set(
    map.ids.flatMap((_, place): MapFill[] => {
      if (colour === 'tier') return shares(map, place).map(({ fill }) => fill)
      return [colour === 'free' ? freeFill(map, place) : toneFill(map, place)]
    }),
  )
}

/** Outlines around what a person has to do something about. */
export function attentionPath(map: CapacityMap, places: readonly number[], grid: Grid): string {
  const side = grid.pitch - GAP
  return places
    .flatMap((place, index) => {
      if (!needsAttention(map, place)) return []
      const { x, y } = cornerOf(grid, index)
      return [`M${x} ${y}h${side}v${side}h${-side}z`]
    })
    .join('')
}

function square(
  map: CapacityMap,
  place: number,
  index: number,
  grid: Grid,
  size: Sizing,
  largestKib: number,
) {
  const { x, y } = cornerOf(grid, index)
  const whole = grid.pitch - GAP
  if (size === 'same' || largestKib === 0) return { x, y, side: whole }
  // The area tells the capacity, so the side its root; what is too small to see is drawn as small as can be seen.
  const ratio = Math.sqrt(onlineKib(map, place) / largestKib)
  const side = round(whole * Math.max(LEAST_SIDE, ratio))
  return { x: round(x + (whole - side) / 2), y: round(y + (whole - side) / 2), side }
}

function shares(map: CapacityMap, place: number): { fill: MapFill; share: number }[] {
  const parts = SHARE_SERIES.map((fill) => ({ fill, kib: map.series[fill][place] ?? 0 }))
  const sum = parts.reduce((total, { kib }) => total + kib, 0)
  if (sum === 0) return [{ fill: 'unknown', share: 1 }]
  return parts.filter(({ kib }) => kib > 0).map(({ fill, kib }) => ({ fill, share: kib / sum }))
}

function freeFill(map: CapacityMap, place: number): MapFill {
  const share = availableShare(map, place)
  if (share === null) return 'unknown'
  return `free${Math.min(FREE_FIFTHS - 1, Math.floor(share * FREE_FIFTHS))}`
}

/** Available memory of all there is, from 0 to 1; null where nothing was read. */
export function availableShare(
  map: Pick<CapacityMap, 'totalKib' | 'availableKib'>,
  place: number,
): number | null {
  const total = map.totalKib[place] ?? null
  const available = map.availableKib[place] ?? null
  return total === null || available === null || total === 0 ? null : available / total
}

function toneFill(map: CapacityMap, place: number): MapFill {
  return `tone-${standingMark(map.standings[place] ?? '').tone}`
}

const ATTENTION: ReadonlySet<string> = new Set(ATTENTION_STANDINGS)
export function needsAttention(map: Pick<CapacityMap, 'standings'>, place: number): boolean {
  return ATTENTION.has(map.standings[place] ?? '')
}

const round = (pixels: number) => Math.round(pixels * 10) / 10
