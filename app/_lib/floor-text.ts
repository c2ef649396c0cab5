import type { Floor } from '@/server/floors/schema'
import { mostFloorPercent } from '@/server/floors/vocabulary'

const UNITS: Readonly<Record<string, bigint>> = {
  mib: 1024n ** 2n,
  gib: 1024n ** 3n,
  tib: 1024n ** 4n,
}

/** What somebody typed, `10 %` or `64 GiB`, as a floor; or what is wrong with it. */
export function readFloor(text: string): { floor: Floor } | { fault: string } {
  const percent = /^\s*(\d{1,3})\s*%\s*$/.exec(text)?.[1]
  if (percent !== undefined) {
    return Number(percent) <= mostFloorPercent
      ? { floor: { percent: Number(percent) } }
      : { fault: `At most ${mostFloorPercent} %: more would leave nothing to give back.` }
  }
  const [, figure, unit] = /^\s*(\d{1,9})\s*(MiB|GiB|TiB)\s*$/i.exec(text) ?? []
  if (figure === undefined || unit === undefined)
    return { fault: 'A floor is a percentage of the memory there is, like 10 %, or an amount, like 64 GiB.' }
  return { floor: { bytes: BigInt(figure) * (UNITS[unit.toLowerCase()] ?? 1n) } }
}

/** A floor as it is typed: in the largest unit that says it exactly. */
export function writeFloor(floor: Floor): string {
  if ('percent' in floor) return `${floor.percent} %`
  const [name, size] = (
    [
      ['TiB', 1024n ** 4n],
      ['GiB', 1024n ** 3n],
    ] as const
  ).find(([, bytes]) => floor.bytes > 0n && floor.bytes % bytes === 0n) ?? ['MiB', 1024n ** 2n]
  return `${floor.bytes / size} ${name}`
}
