import type { Host } from '../host'
import { canonicalJson } from '../lib/canonical'
import { memmapReserveBytes } from '../plan/device-refusals'
import type { PlanItem, Refusal } from '../protocol'
import { readDaxDevices } from '../read/dax'
import { readBootId } from '../read/identity'
import { readBlockSize, readMemory, readPageSize } from '../read/memory'
import { findUsers, usersText } from '../read/users'

const AGAIN = 'Make a new plan and have it approved.'

/**
 * When the look is taken: before the first write; right before the device is let go, which adds the search for users
 * (as long as all the rest together); or when another process left it unbound, which nobody can have open.
 */
export type Moment = 'first' | 'before_unbind' | 'recovery'

/** Looks once more: boot, identity behind the name, driver, the other devices, memory for struct pages, users. */
export async function recheck(host: Host, item: PlanItem, moment: Moment): Promise<Refusal | null> {
  const { invariants, preconditions } = item
  const name = preconditions.daxName
  const refuse = (code: Refusal['code'], message: string, next = AGAIN): Refusal => ({ code, message, next })
  if ((await readBootId(host)) !== invariants.bootId)
    return refuse('rebooted', 'The host was restarted since the plan was made.')

  const pageBytes = await readPageSize(host)
  const sizeBytes = await readBlockSize(host)
  const devices = await readDaxDevices(host, { sizeBytes, of: async () => [] }, pageBytes)
  const found = devices.find(({ device }) => device.name === name)
  if (found === undefined) return refuse('device_gone', `${name} is gone.`)
  const { device } = found
  if (
    device.identity.id !== invariants.deviceId ||
    canonicalJson(device.ranges) !== canonicalJson(invariants.ranges)
  ) {
    return refuse('identity_changed', `${name} is another device now.`)
  }
  const wanted = moment === 'recovery' ? null : preconditions.driver
  if (device.driver !== wanted) {
    return refuse('bound_elsewhere', `${name} is bound to ${device.driver ?? 'no driver'} now.`)
  }
  if (device.driver === 'kmem') return null
  const unbound = devices.find((other) => other !== found && other.device.driver === null)
  if (unbound !== undefined) {
    const other = unbound.device.name
    const next = `Bind ${other} first: write ${other} to /sys/bus/dax/drivers/device_dax/bind.`
    return refuse('sibling_unbound', `${other} has no driver: kmem would take it as well.`, next)
  }
  if (moment === 'first') return null
  const { headroomBytes, figures } = await readMemory(host, pageBytes)
  const needed = BigInt(device.prediction.memmapBytes) + memmapReserveBytes(BigInt(figures.totalBytes))
  if (device.prediction.memmapFrom === 'normal' && needed > headroomBytes) {
    const message = `Too little memory is left for the page structures of ${name}.`
    return refuse('no_memmap_headroom', message, 'Free memory on the host, then plan again.')
  }
  if (moment === 'recovery') return null
  const { users } = await findUsers(host, found.deviceNumber)
  if (users.length > 0) {
    return refuse(
      'in_use',
      `${name} is in use by ${usersText(users)}.`,
      'Stop these processes, then plan again.',
    )
  }
  return null
}
