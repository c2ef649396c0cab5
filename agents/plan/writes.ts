import type { BlockSpan, DaxDevice, Inspection, PlannedWrite, Zone } from '../protocol'

export const DRIVERS = '/sys/bus/dax/drivers'
export const BLOCK_STATE = '/sys/devices/system/memory/memory{block}/state'
/** Not a path: the one write that is not sysfs. Loading the module counts as the first write all the same. */
export const MODPROBE = 'modprobe'

/** What is written to a block so that it comes online in the zone asked. */
function onlineValue(zone: Zone): string {
  return zone === 'policy' ? 'online' : `online_${zone}`
}

/**
 * The writes of a conversion, in their order. The id is listed while device_dax still holds the device, since a
 * write to new_id takes every device without a driver; `kmem/bind` is targeted and returns the probe's errno. What is
 * kmem's by its kind needs no id there, and so none is left behind or taken off.
 */
export function planWrites(input: {
  device: DaxDevice
  zone: Zone
  kmem: Inspection['kmem']
  policy: string
  offline: BlockSpan[]
  /** The kernel counts this kind of memory among kmem's own (Linux 6.3). */
  isKmems: boolean
}): { writes: PlannedWrite[]; recovery: PlannedWrite[] } {
  const { device, zone, offline, isKmems } = input
  const { name } = device
  const writes: PlannedWrite[] = []
  const bound = device.driver === 'kmem'
  if (!bound) {
    if (input.kmem === 'loadable') writes.push({ step: 'claim', path: MODPROBE, value: 'kmem' })
    if (!isKmems) writes.push({ step: 'claim', path: `${DRIVERS}/kmem/new_id`, value: name })
    writes.push(
      { step: 'unbind', path: `${DRIVERS}/device_dax/unbind`, value: name },
      { step: 'bind', path: `${DRIVERS}/kmem/bind`, value: name },
    )
    if (!isKmems) writes.push({ step: 'release', path: `${DRIVERS}/kmem/remove_id`, value: name })
  }
  // With `policy` a kernel that onlines by itself is left to it; a bound device with blocks offline is not.
  const kernelOnlines = zone === 'policy' && !bound && input.policy.startsWith('online')
  // One write for all of it leaves nobody a gap between blocks; it starts from nothing, so what lies offline goes first.
  const byDevice = device.deviceState !== null && zone !== 'policy' && device.movable === null
  if (byDevice && offline.length > 0) {
    const path = `/sys/bus/dax/devices/${name}/state`
    if (!bound || device.deviceState !== 'unplugged')
      writes.push({ step: 'online', path, value: 'unplugged' })
    writes.push({ step: 'online', path, value: onlineValue(zone) })
  } else if (!kernelOnlines && offline.length > 0) {
    writes.push({ step: 'online', path: BLOCK_STATE, value: onlineValue(zone), blocks: offline })
  }
  // Seen on 6.12: what is kmem's by its kind device_dax takes by its id alone, and then at once.
  const back: PlannedWrite[] = isKmems
    ? [
        { step: 'bind', path: `${DRIVERS}/device_dax/new_id`, value: name },
        { step: 'release', path: `${DRIVERS}/device_dax/remove_id`, value: name },
      ]
    : [
        { step: 'bind', path: `${DRIVERS}/device_dax/bind`, value: name },
        { step: 'release', path: `${DRIVERS}/kmem/remove_id`, value: name },
      ]
  return { writes, recovery: bound ? [] : back }
}
