import type { RolloutShare } from '@/server/plans/schema'
import type { TargetDevice, TargetHost, Why } from './resolve'

/** What of a device could come or go, as last read, in whole memory blocks. */
type Room = (device: TargetDevice) => bigint

const roomOf: Readonly<Record<'online' | 'offline', Room>> = {
  offline: ({ onlineBytes }) => onlineBytes,
  online: ({ usableBytes, onlineBytes }) => (usableBytes > onlineBytes ? usableBytes - onlineBytes : 0n),
}
const stateWords = { offline: 'online', online: 'offline' } as const

const mib = (bytes: bigint) => {
  const whole = bytes / 1024n ** 2n
  return whole % 1024n === 0n ? `${whole / 1024n} GiB` : `${whole} MiB`
}

export interface Divided {
  taken: TargetDevice[]
  left: { device: TargetDevice; why: Why }[]
}

/**
 * What of a share each device of a host is asked for, from what was last read: of each device all of it, or of the host
 * from its devices in their order, as much as each has. Who has less is left out, and never gives less than was said.
 */
export function divideShare(
  { name, blockSizeBytes }: Pick<TargetHost, 'name' | 'blockSizeBytes'>,
  devices: readonly TargetDevice[],
  kind: 'online' | 'offline',
  share: RolloutShare,
): Divided {
  const room = roomOf[kind]
  // A block is there or not: what is asked counts in whole ones.
  const wanted = blockSizeBytes === 0n ? share.bytes : share.bytes - (share.bytes % blockSizeBytes)
  if (wanted === 0n) return leaveAll(devices, tooSmall(blockSizeBytes))
  if (share.per === 'device') {
    const has = (device: TargetDevice) => room(device) >= wanted
    return {
      taken: devices.filter(has).map((device) => withShare(device, wanted)),
      left: devices
        .filter((device) => !has(device))
        .map((device) => ({
          device,
          why: tooLarge(`${device.daxName} on ${name}`, room(device), wanted, kind),
        })),
    }
  }
  const all = devices.reduce((sum, device) => sum + room(device), 0n)
  if (all < wanted) return leaveAll(devices, tooLarge(`the devices matched on ${name}`, all, wanted, kind))
  const divided: Divided = { taken: [], left: [] }
  let missing = wanted
  for (const device of devices) {
    const part = room(device) < missing ? room(device) : missing
    missing -= part
    if (part > 0n) divided.taken.push(withShare(device, part))
    else divided.left.push({ device, why: notNeeded(`${device.daxName} on ${name}`) })
  }
  return divided
}

/** What is counted of it is what is asked, not all of the device. */
const withShare = (device: TargetDevice, shareBytes: bigint): TargetDevice => ({
  ...device,
  usableBytes: shareBytes,
  shareBytes,
})

const leaveAll = (devices: readonly TargetDevice[], why: Why): Divided => ({
  taken: [],
  left: devices.map((device) => ({ device, why })),
})

const tooSmall = (blockSizeBytes: bigint): Why => ({
  reason: 'share_too_small',
  message: `The share is less than one memory block of ${mib(blockSizeBytes)}.`,
  next: `Ask for ${mib(blockSizeBytes)} or more.`,
})

const tooLarge = (it: string, has: bigint, wanted: bigint, kind: 'online' | 'offline'): Why => ({
  reason: 'share_too_large',
  message: `Only ${mib(has)} of ${it} are ${stateWords[kind]}; ${mib(wanted)} are asked.`,
  next: `Ask for ${mib(has)} or less in a rollout of its own.`,
})

const notNeeded = (it: string): Why => ({
  reason: 'not_needed',
  message: `${it} is not needed: devices before it have all that is asked of the host.`,
  next: '',
})
