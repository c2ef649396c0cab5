import type { Host } from '../host'
import type { Inspection } from '../protocol'
import { exists, list, readOptional } from './files'

const MODPROBE_FOLDERS = ['/etc/modprobe.d', '/run/modprobe.d', '/usr/lib/modprobe.d', '/lib/modprobe.d']

/** Names in a kernel parameter such as module_blacklist=a,b; the kernel takes - and _ for the same. */
function listed(commandLine: string, parameter: string, module: string): boolean {
  return commandLine
    .split(/\s+/)
    .filter((word) => word.startsWith(`${parameter}=`))
    .some((word) =>
      word
        .slice(parameter.length + 1)
        .replace(/-/g, '_')
        .split(',')
        .includes(module),
    )
}

/** `blacklist kmem`, or an `install kmem /bin/false` in its place. */
async function blockedByModprobe(host: Host): Promise<boolean> {
  for (const folder of MODPROBE_FOLDERS) {
    for (const name of await list(host, folder)) {
      if (!name.endsWith('.conf')) continue
      const text = (await readOptional(host, `${folder}/${name}`)) ?? ''
      if (/^\s*(blacklist\s+kmem\s*$|install\s+kmem\s+\S*(false|true)\b)/m.test(text)) return true
    }
  }
  return false
}

/**
 * Whether the kmem driver can take devices: there, in the kernel itself, to be loaded, absent, or forbidden.
 * A driver that is there counts as loaded whatever a blacklist says: the list only keeps modules out.
 */
export async function readKmem(host: Host, kernelRelease: string): Promise<Inspection['kmem']> {
  const modules = `/lib/modules/${kernelRelease}`
  const builtin = (await readOptional(host, `${modules}/modules.builtin`, 1024 * 1024)) ?? ''
  const isBuiltin = `${builtin}\n`.includes('/kmem.ko\n')
  if (await exists(host, '/sys/bus/dax/drivers/kmem')) return isBuiltin ? 'builtin' : 'loaded'
  const commandLine = (await readOptional(host, '/proc/cmdline')) ?? ''
  if (listed(commandLine, 'module_blacklist', 'kmem') || listed(commandLine, 'modprobe.blacklist', 'kmem')) {
    return 'blacklisted'
  }
  if (await blockedByModprobe(host)) return 'blacklisted'
  if (isBuiltin) return 'builtin'
  const dep = (await readOptional(host, `${modules}/modules.dep`, 8 * 1024 * 1024)) ?? ''
  for (let at = dep.indexOf('/kmem.ko'); at !== -1; at = dep.indexOf('/kmem.ko', at + 1)) {
    if (/^\/kmem\.ko(\.\w+)?:/.test(dep.slice(at, at + 24))) return 'loadable'
  }
  return 'missing'
}
