import type { Floor } from './schema'

/** A floor in its columns, of which one is set; null when neither is. */
export function floorOf(bytes: bigint | null, percent: number | null): Floor | null {
  if (bytes !== null) return { bytes }
  return percent === null ? null : { percent }
}

/** The columns of a floor; null clears both. */
export function columnsOf(floor: Floor | null): { bytes: bigint | null; percent: number | null } {
  if (floor === null) return { bytes: null, percent: null }
  return 'bytes' in floor ? { bytes: floor.bytes, percent: null } : { bytes: null, percent: floor.percent }
}

/** The floor in bytes, of so much memory in all; a part of a byte counts whole, so that it is never too low. */
export function floorBytesOf(floor: Floor, memTotalBytes: bigint): bigint {
  if ('bytes' in floor) return floor.bytes
  return (memTotalBytes * BigInt(floor.percent) + 99n) / 100n
}

/** `10 %`, or the bytes: how an audit entry tells it. */
export function floorText(floor: Floor | null): string {
  if (floor === null) return 'that of every host'
  return 'bytes' in floor ? `${floor.bytes} bytes` : `${floor.percent} %`
}
