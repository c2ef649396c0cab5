import type { Host } from '../host'
import { countSpans } from '../lib/spans'
import type { DaxDevice, PlannedBlocks, Refusal, RestoreItem } from '../protocol'
import { has } from '../read/eras'
import { readOptional } from '../read/files'
import type { Reading } from '../read/inspect'
import { memmapReserveBytes } from './device-refusals'
import { hooksOf, refuseHooks } from './hooks'
import { isKmems } from './plan'
import { onlineSpans } from './restore-blocks'

const mib = (bytes: bigint) => `${bytes / 1048576n} MiB`
type Policy = RestoreItem['policy']

/** MemAvailable as it would be; what is in use on the device's blocks has moved by then, and takes room elsewhere. */
export function availableAfter(availableBytes: bigint, lossBytes: bigint): bigint {
  return availableBytes > lossBytes ? availableBytes - lossBytes : 0n
}

/** What the floor and the rest of the host say to losing so much; null where nothing speaks against it. */
export function roomRefusal(
  name: string,
  figures: { availableBytes: bigint; totalBytes: bigint },
  lossBytes: bigint,
  floorBytes: bigint,
): Refusal | null {
  const after = availableAfter(figures.availableBytes, lossBytes)
  const would = `Without ${mib(lossBytes)} of ${name}, ${mib(after)} of ${mib(figures.availableBytes)} would stay available`
  if (after < floorBytes) {
    const message = `${would}; the floor of this host is ${mib(floorBytes)}.`
    return { code: 'capacity_floor', message, next: 'Free memory on the host, or lower its floor.' }
  }
  const reserve = memmapReserveBytes(figures.totalBytes > lossBytes ? figures.totalBytes - lossBytes : 0n)
  if (after >= reserve) return null
  const message = `${would}: what is in use there would not fit elsewhere with ${mib(reserve)} to spare.`
  return { code: 'no_room', message, next: 'Free memory on the host: stop or move programs.' }
}

/** Memory of a device can be taken out since Linux 5.3, where the kernel was built for it. */
async function hotRemoveRefusal(
  host: Host,
  { inspection }: Reading,
  [block]: readonly PlannedBlocks[],
  isShare: boolean,
): Promise<Refusal | null> {
  const next =
    'Restart the host: that gives the device back. Or use a kernel of 5.3 or later that was built for it.'
  const refuse = (message: string): Refusal => ({ code: 'no_hot_remove', message, next })
  const { features } = inspection
  if (!isShare && features.some(({ feature, present }) => feature === 'hot_remove' && present === false))
    return refuse('This kernel keeps what kmem has plugged in until the host restarts.')
  // Where it told more, it told so of the block; by now it only says whether this kernel can at all.
  if (block === undefined || !has(features, 'mappings')) return null
  const removable = await readOptional(host, `/sys/devices/system/memory/memory${block.first}/removable`)
  if (removable !== '0') return null
  return refuse('This kernel was built without taking memory out (CONFIG_MEMORY_HOTREMOVE).')
}

function zoneRefusal(name: string, blocks: readonly PlannedBlocks[], { kernelZone }: Policy): Refusal | null {
  const fixed = countSpans(onlineSpans(blocks, 'none'))
  if (fixed > 0) {
    return {
      code: 'kernel_zone',
      message: `${fixed} blocks of ${name} cannot be taken offline: the kernel names no zone for them (valid_zones is none).`,
      next: 'Restart the host: that gives the device back.',
    }
  }
  const kernels = countSpans(onlineSpans(blocks)) - countSpans(onlineSpans(blocks, 'Movable'))
  if (kernels === 0 || kernelZone === 'try') return null
  return {
    code: 'kernel_zone',
    message: `${kernels} blocks of ${name} are in a zone of the kernel's own, whose data there cannot be moved.`,
    next: 'Restart the host: that gives the device back. Or ask to try it: what does not go is brought online again.',
  }
}

/** A rule that acts on a block as it goes offline would bring it back between our look and the unbind. */
function raceRefusal({ autoOnline }: Reading): Refusal | null {
  if (!autoOnline.udevRunning) return null
  for (const { file, actsOnOffline } of autoOnline.report.udevRules) {
    if (actsOnOffline === 'no') continue
    return {
      code: 'auto_online_conflict',
      message: `The udev rule in ${file} would act on memory blocks that go offline.`,
      next: 'Bind that rule to ACTION=="add", or disable it for the time of the giving back.',
    }
  }
  return null
}

/** That blocks of a device can be spoken of at all: read as root, and kmem holds it. */
export function bindingRefusals({ inspection }: Reading, { name, driver, stranded }: DaxDevice): Refusal[] {
  const one = (code: Refusal['code'], message: string, next: string): Refusal[] => [{ code, message, next }]
  if (!inspection.privileged) {
    const next = 'Run the agent as root or with sudo -n.'
    return one('not_root', `${name} was read without root, so its blocks are unknown.`, next)
  }
  if (stranded) {
    return one(
      'stranded',
      `${name} is not bound to kmem, but its memory is still plugged in: the kernel cannot take it back.`,
      'Restart the host; until then the memory stays in use as it is.',
    )
  }
  if (driver === 'kmem') return []
  return one(
    'not_system_ram',
    `${name} is bound to ${driver ?? 'no driver'}: none of it is system RAM.`,
    driver === null
      ? `Bind it to device_dax: write ${name} to /sys/bus/dax/drivers/device_dax/bind.`
      : 'Nothing to give back.',
  )
}

/** What comes back after the next start is not given back: whoever reads that it was would be wrong by then. */
function persistedRefusal({ inspection }: Reading, { name, identity }: DaxDevice): Refusal | null {
  const { devices = [] } = inspection.persistence ?? {}
  if (!devices.some(({ deviceId }) => deviceId === identity.id)) return null
  const message = `${name} is set to come back after each restart of the host, so it would not stay given back.`
  return { code: 'persisted', message, next: 'Stop keeping it over reboots first, on the page of its host.' }
}

/**
 * Why the device's memory cannot be given back, or (`isShare`) those blocks of it taken offline, as far as can be told
 * before anything is written.
 */
export async function refuseOffline(
  host: Host,
  reading: Reading,
  device: DaxDevice,
  { blocks, policy, lossBytes }: { blocks: readonly PlannedBlocks[]; policy: Policy; lossBytes: bigint },
  isShare: boolean,
): Promise<Refusal[]> {
  const { inspection } = reading
  const { name } = device
  const unbound = bindingRefusals(reading, device)
  if (!inspection.privileged) return unbound
  const refusals: (Refusal | null)[] = [...refuseHooks(hooksOf(inspection.hooks, 'restore')), ...unbound]
  if (!isShare) refusals.push(persistedRefusal(reading, device))
  // What device_dax is told to take by its id, it takes wherever it stands without a driver.
  for (const other of !isShare && isKmems(reading, device) ? inspection.devices : []) {
    if (other.name === name || other.driver !== null) continue
    const message = `${other.name} has no driver: giving ${name} back could make device_dax take ${other.name} as well.`
    refusals.push({ code: 'sibling_unbound', message, next: `Bind ${other.name} first.` })
  }
  if (device.driver === 'kmem') refusals.push(await hotRemoveRefusal(host, reading, blocks, isShare))
  refusals.push(zoneRefusal(name, blocks, policy), raceRefusal(reading))
  if (lossBytes > 0n) {
    const { availableBytes, totalBytes } = inspection.memory
    const figures = { availableBytes: BigInt(availableBytes), totalBytes: BigInt(totalBytes) }
    refusals.push(roomRefusal(name, figures, lossBytes, BigInt(policy.floorBytes)))
  }
  return refusals.flatMap((refusal) => refusal ?? [])
}
