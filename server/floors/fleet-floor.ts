import type { FleetRoom } from './schema'

/** By how much giving back so much more would break the fleet's floor; null when it holds. */
export function fleetShortage(room: FleetRoom, lossBytes: bigint): bigint | null {
  const left = room.memAvailableBytes - room.promisedBytes - lossBytes
  return left < room.floorBytes ? room.floorBytes - left : null
}

/** Why it may not be, in a sentence with its figures, and the next action; null when the floor holds. */
export function fleetFloorRefusal(
  room: FleetRoom,
  lossBytes: bigint,
): { message: string; next: string } | null {
  const shortage = fleetShortage(room, lossBytes)
  if (shortage === null) return null
  const left = room.memAvailableBytes - room.promisedBytes - lossBytes
  return {
    message:
      `The fleet’s capacity floor would be broken: ${gib(room.memAvailableBytes)} are available` +
      `${room.promisedBytes > 0n ? `, ${gib(room.promisedBytes)} of them promised to other restores` : ''}; ` +
      `giving back ${gib(lossBytes)} would leave ${gib(left)}, and the floor is ${gib(room.floorBytes)}.`,
    next: 'Give less back, free memory elsewhere, or have an admin lower the floor in Settings.',
  }
}

/** For a sentence; figures to the byte stand beside it. Rounded away from zero: never shown as more than there is. */
function gib(bytes: bigint): string {
  const hundredths = (bytes * 100n) / 1024n ** 3n
  const sign = hundredths < 0n ? '−' : ''
  const size = hundredths < 0n ? -hundredths : hundredths
  const fraction = String(size % 100n)
    .padStart(2, '0')
    .replace(/0+$/, '')
  return `${sign}${size / 100n}${fraction === '' ? '' : `.${fraction}`} GiB`
}
