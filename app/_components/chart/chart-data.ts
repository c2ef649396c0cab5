import type { FleetSeries } from '@/server/capacity/vocabulary'

/** What a part of a stack is filled with: its tier's colour and pattern, or the plain tone of a count of hosts. */
export type FillName = FleetSeries | 'hosts'

/** One layer of a stack. Where a value is null and others are not, the part was not there: it counts as nothing. */
export interface ChartPart {
  key: string
  label: string
  fill: FillName
  /** Parts of one tier beside each other are told apart by strength: 0 is the strongest. */
  shade: number
  values: readonly (number | null)[]
}

/** A line over the stack, stepped as it is. */
export interface ChartLine {
  key: string
  label: string
  dash: readonly number[]
  values: readonly (number | null)[]
}

/** Sizes are whole KiB; hosts are counted. */
export type ChartUnit = 'kib' | 'hosts'

export interface ChartData {
  unit: ChartUnit
  /** How long the last value is known to hold. */
  stepSeconds: number
  /** Seconds since 1970, growing. A value holds from its time to the next. */
  times: readonly number[]
  /** From the bottom up. */
  parts: readonly ChartPart[]
  lines: readonly ChartLine[]
}

/** Something that happened at a time. */
export interface ChartMark {
  key: string
  atSeconds: number
  label: string
  /** What its flag has room for. */
  short: string
  href: { pathname: string; query: Record<string, string> }
}

/** Something that went on for a while; an end of null is not yet. */
export interface ChartBand {
  key: string
  label: string
  fromSeconds: number
  toSeconds: number | null
}

export interface SecondsRange {
  from: number
  to: number
}
