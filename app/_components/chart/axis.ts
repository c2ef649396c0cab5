import { formatBytes, formatCount, formatDay } from '@/app/_lib/format'
import type { ChartUnit } from './chart-data'

const DAY = 86_400

/** A value as people read it. */
export function formatValue(value: number, unit: ChartUnit): string {
  return unit === 'kib' ? formatBytes(kibToBytes(value)) : formatCount(value)
}

export function kibToBytes(kib: number): bigint {
  return BigInt(kib) * 1024n
}

/** Ticks of sizes are powers of two of a KiB: every label is a whole figure in binary units. */
const KIB_INCREMENTS = Array.from({ length: 53 }, (_, power) => 2 ** power)
const HOST_INCREMENTS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000,
]

export function increments(unit: ChartUnit): number[] {
  return unit === 'kib' ? KIB_INCREMENTS : HOST_INCREMENTS
}

/** Where the scale ends, for the largest value there is: somewhat above it, and never nowhere. */
export function scaleTop(largest: number): number {
  return largest > 0 ? largest * 1.06 : 1
}

/** Labels of the time axis in the viewer's zone: hours within days, days (`11-22`) within years, months (`2026-11`). */
export function timeLabels(seconds: readonly number[], stepSeconds: number): string[] {
  return seconds.map((at, index) => {
    const date = new Date(at * 1000)
    const before = seconds[index - 1]
    if (stepSeconds >= 28 * DAY) return formatDay(date).slice(0, 'yyyy-mm'.length)
    const day = formatDay(date).slice('yyyy-'.length)
    if (stepSeconds >= DAY) return day
    const time = `${pad(date.getHours())}:${pad(date.getMinutes())}`
    if (stepSeconds < 60) return `${time}:${pad(date.getSeconds())}`
    const isNewDay = before === undefined || new Date(before * 1000).getDate() !== date.getDate()
    return isNewDay && time === '00:00' ? day : time
  })
}

const pad = (value: number) => value.toString().padStart(2, '0')
