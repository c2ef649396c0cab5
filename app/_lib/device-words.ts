import type { HostDetail } from '@/server/hosts/schemas/detail'
import type { DeviceView } from '@/server/hosts/schemas/device'
import type { HostRow, HostTrouble } from '@/server/hosts/schemas/row'
import type { ZoneName } from '@/server/plans/schema'
import { formatBytes, plural } from './format'
import { withoutName } from './host-words'

/** What is wrong with a host's devices, in the few words a list has room for. */
export function troubleWords({ daxName, state, onlineBlocks, totalBlocks, otherDevices }: HostTrouble) {
  const others = otherDevices > 0 ? `, and ${plural(otherDevices, 'more device')} not as planned` : ''
  return `${one()}${others}`

  function one(): string {
    if (state === 'unbound') return `${daxName} has no driver`
    if (state === 'stranded') return `${daxName} is stranded: its memory is plugged in without a driver`
    const offline = totalBlocks - onlineBlocks
    if (offline === 0) return `${daxName} has fewer blocks than predicted`
    return `${offline} of ${plural(totalBlocks, 'block')} of ${daxName} ${offline === 1 ? 'is' : 'are'} offline`
  }
}

/** Why a host stands as it does, for where its name stands beside it; empty where all is well. */
export function standingWords(host: Pick<HostRow, 'name' | 'trouble' | 'away' | 'stateMessage'>): string {
  if (host.away !== null) return withoutName(`${host.away.message} ${host.stateMessage}`, host.name)
  return host.trouble === null ? withoutName(host.stateMessage, host.name) : `${troubleWords(host.trouble)}.`
}

export interface DeviceTrouble {
  message: string
  next: string
  /** The zone its other blocks are in, where a plan can bring the rest online; null where none can. */
  planZone: ZoneName | null
}

/** What a device in between needs: which blocks, how much, and the one next action. Null where it needs nothing. */
export function deviceTrouble(
  device: Pick<
    DeviceView,
    'daxName' | 'state' | 'blocks' | 'onlineBytes' | 'usableBytes' | 'movable' | 'refusals'
  >,
  { blockSizeBytes }: Pick<HostDetail, 'blockSizeBytes'>,
): DeviceTrouble | null {
  const [refusal] = device.refusals
  if (device.state === 'partial') {
    return {
      message: partialMessage(device, blockSizeBytes ?? 0n),
      next:
        refusal?.next ??
        'Bring it online: a plan shows the writes first, and nothing is written before it is approved.',
      planZone: refusal === undefined ? (device.movable === false ? 'kernel' : 'movable') : null,
    }
  }
  if (device.state !== 'unbound' && device.state !== 'stranded') return null
  return {
    message: refusal?.message ?? `${device.daxName} has no driver.`,
    next:
      refusal?.next ??
      `Bind it to device_dax: write ${device.daxName} to /sys/bus/dax/drivers/device_dax/bind.`,
    planZone: null,
  }
}

function partialMessage(
  {
    daxName,
    blocks,
    onlineBytes,
    usableBytes,
    refusals,
  }: Pick<DeviceView, 'daxName' | 'blocks' | 'onlineBytes' | 'usableBytes' | 'refusals'>,
  blockSizeBytes: bigint,
): string {
  const off = blocks.filter(({ state }) => state !== 'online')
  const count = off.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  const why = refusals[0] === undefined ? '' : ` ${refusals[0].message}`
  const online = `${formatBytes(onlineBytes)} of the ${formatBytes(usableBytes)} predicted are online`
  if (count === 0) return `The kernel shows fewer blocks of ${daxName} than predicted: ${online}.${why}`
  const lacking = formatBytes(BigInt(count) * blockSizeBytes)
  const is = count === 1 ? 'is' : 'are'
  return `${blockNames(off)} of ${daxName} ${is} offline: ${lacking} not in use, ${online}.${why}`
}

/** How many spans of blocks one sentence holds; the table of the device has them all. */
const SPANS_NAMED = 4

/** `memory33`, `memory33–35 and memory40`. */
function blockNames(runs: readonly { first: number; last: number }[]): string {
  const names = runs.map(({ first, last }) => (first === last ? `memory${first}` : `memory${first}–${last}`))
  if (names.length > SPANS_NAMED) {
    const rest = names.length - SPANS_NAMED
    return `${names.slice(0, SPANS_NAMED).join(', ')} and ${plural(rest, 'more span')} of blocks`
  }
  const last = names.pop() ?? ''
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`
}
