import { type Host, HostError } from '../host'
import { linkName, readOptional } from './files'

/** A process that has the device open or mapped. */
export interface DeviceUser {
  pid: number
  name: string
  how: 'open' | 'mapped'
}

export interface UserSearch {
  users: DeviceUser[]
  /** Processes whose descriptors or maps could not be read although they are there. */
  unreadable: number
}

/** As gnu_dev_makedev has it; st_rdev of musl and glibc alike. */
function makeDeviceNumber(text: string): number | null {
  const found = /^(\d{1,8}):(\d{1,8})$/.exec(text)
  if (found === null) return null
  const [major, minor] = [BigInt(found[1] ?? 0), BigInt(found[2] ?? 0)]
  return Number(
    ((major & 0xfffff000n) << 32n) |
      ((major & 0xfffn) << 8n) |
      ((minor & 0xffffff00n) << 12n) |
      (minor & 0xffn),
  )
}

async function isDevice(host: Host, path: string, rdev: number): Promise<boolean> {
  try {
    const status = await host.stat(path)
    return status.kind === 'char' && status.rdev === rdev
  } catch (error) {
    // A descriptor may close between readdir and stat, a socket cannot be opened by path: neither is our device.
    if (error instanceof HostError) return false
    throw error
  }
}

const SHARED = /^([0-9a-f]+-[0-9a-f]+) ...s [0-9a-f]+ \S+ (\d+)/

/** Shared mappings only: device-dax refuses private ones. A map line names a filesystem, so the file itself is asked. */
async function isMapped(host: Host, pid: string, rdev: number): Promise<boolean> {
  const maps = await host.sharedMaps(pid)
  for (const line of maps === '' ? [] : maps.split('\n')) {
    const found = SHARED.exec(line.slice(0, 120))
    if (found === null || found[2] === '0') continue
    if (await isDevice(host, `/proc/${pid}/map_files/${found[1]}`, rdev)) return true
  }
  return false
}

/**
 * Children of kthreadd, most processes of an idle host: kernel threads, which hold no device, but also programs that
 * the kernel starts. Only the latter have an executable. None where the kernel does not list children.
 */
async function kernelThreads(host: Host): Promise<Set<string>> {
  return new Set(((await readOptional(host, '/proc/2/task/2/children')) ?? '').split(' '))
}

/** Looks through every process for the device, by its major:minor: names can be links, numbers cannot lie. */
export async function findUsers(host: Host, deviceNumber: string | null): Promise<UserSearch> {
  const search: UserSearch = { users: [], unreadable: 0 }
  const rdev = deviceNumber === null ? null : makeDeviceNumber(deviceNumber)
  if (rdev === null) return search
  const threads = await kernelThreads(host)
  for (const name of await host.readdir('/proc')) {
    if (!/^\d/.test(name)) continue
    const proc = `/proc/${name}`
    try {
      if (threads.has(name) && (await linkName(host, `${proc}/exe`)) === null) continue
      let how: DeviceUser['how'] | null = (await host.leadsTo(`${proc}/fd`, rdev)) ? 'open' : null
      if (how === null && (await isMapped(host, name, rdev))) how = 'mapped'
      if (how !== null) {
        const command = (await readOptional(host, `${proc}/comm`)) ?? 'unknown'
        search.users.push({ pid: Number(name), name: command, how })
      }
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      // ENOENT and ESRCH: the process ended meanwhile, and with it its use.
      if (error.errno !== 2 && error.errno !== 3) search.unreadable++
    }
  }
  return search
}

export function usersText(users: readonly DeviceUser[]): string {
  const shown = users.slice(0, 5).map(({ pid, name, how }) => `${name} (pid ${pid}, ${how})`)
  return shown.join(', ') + (users.length > 5 ? ` and ${users.length - 5} more` : '')
}
