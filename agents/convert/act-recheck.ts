import type { Host } from '../host'
import { canonicalJson } from '../lib/canonical'
import { memmapReserveBytes } from '../plan/device-refusals'
import type { ConvertItem, PlanItem, Refusal } from '../protocol'
import {
  DAX,
  type DaxIdentity,
  listDaxDevices,
  memmapOnMemory,
  readDaxIdentity,
  readDeviceNumber,
} from '../read/dax'
import { linkName } from '../read/files'
import { readBootId } from '../read/identity'
import { readMemory, readPageSize } from '../read/memory'
import { findUsers, usersText } from '../read/users'

const AGAIN = 'Make a new plan and have it approved.'

/**
 * When the look is taken: before the first write; right before the device is let go, which adds the search for users
 * (as long as all the rest together); or when another process left it unbound, which nobody can have open.
 */
export type Moment = 'first' | 'before_unbind' | 'recovery'

const refuse = (code: Refusal['code'], message: string, next = AGAIN): Refusal => ({ code, message, next })

/** The same boot, and the same device behind the name, on that driver; then what was read of it, and all names. */
export async function recheckDevice(
  host: Host,
  { invariants, preconditions }: PlanItem,
  wanted: string | null,
): Promise<{ found: DaxIdentity; names: string[] } | Refusal> {
  const name = preconditions.daxName
  if ((await readBootId(host)) !== invariants.bootId)
    return refuse('rebooted', 'The host was restarted since the plan was made.')
  const names = await listDaxDevices(host)
  if (!names.includes(name)) return refuse('device_gone', `${name} is gone.`)
  const found = await readDaxIdentity(host, name)
  if (
    found.identity.id !== invariants.deviceId ||
    canonicalJson(found.ranges) !== canonicalJson(invariants.ranges)
  ) {
    return refuse('identity_changed', `${name} is another device now.`)
  }
  if (found.driver !== wanted) {
    return refuse('bound_elsewhere', `${name} is bound to ${found.driver ?? 'no driver'} now.`)
  }
  return { found, names }
}

/** Looks once more: boot, identity behind the name, driver, the other devices, memory for struct pages, users. */
export async function recheck(host: Host, item: ConvertItem, moment: Moment): Promise<Refusal | null> {
  const name = item.preconditions.daxName
  const looked = await recheckDevice(host, item, moment === 'recovery' ? null : item.preconditions.driver)
  if ('code' in looked) return looked
  const { found, names } = looked
  if (found.driver === 'kmem') return null
  for (const other of names) {
    if (other === name || (await linkName(host, `${DAX}/${other}/driver`)) !== null) continue
    const next = `Bind ${other} first: write ${other} to /sys/bus/dax/drivers/device_dax/bind.`
    return refuse('sibling_unbound', `${other} has no driver: kmem would take it as well.`, next)
  }
  if (moment === 'first') return null
  if ((await memmapOnMemory(host, found.path)) !== true) {
    // The same ranges and blocks as planned: so is what their struct pages take.
    const { headroomBytes, figures } = await readMemory(host, await readPageSize(host))
    const needed = BigInt(item.prediction.memmapBytes) + memmapReserveBytes(BigInt(figures.totalBytes))
    if (needed > headroomBytes) {
      const message = `Too little memory is left for the page structures of ${name}.`
      return refuse('no_memmap_headroom', message, 'Free memory on the host, then plan again.')
    }
  }
  if (moment === 'recovery') return null
  const { users } = await findUsers(host, await readDeviceNumber(host, found.path))
  if (users.length > 0) {
    return refuse(
      'in_use',
      `${name} is in use by ${usersText(users)}.`,
      'Stop these processes, then plan again.',
    )
  }
  return null
}
