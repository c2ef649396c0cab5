import type { Host } from '../host'
import type { Inspection, UdevRule } from '../protocol'
import { exists, list, readOptional } from './files'
import { architecture, readVirtualization } from './identity'
import { type Acts, BlockEvent, type UdevFacts } from './udev-rules'

/** Earlier folders win over later ones for a file of the same name, as udev has it. */
const RULE_FOLDERS = ['/etc/udev/rules.d', '/run/udev/rules.d', '/usr/lib/udev/rules.d', '/lib/udev/rules.d']

export interface AutoOnline {
  report: Inspection['autoOnline']
  /** Rules act only while udevd runs. */
  udevRunning: boolean
}

/** Rules that write a memory block's state, as udev would follow them, each file once, in the order of their names. */
async function readUdevRules(host: Host): Promise<UdevRule[]> {
  const texts = new Map<string, { path: string; text: string }>()
  for (const folder of RULE_FOLDERS) {
    for (const name of await list(host, folder)) {
      if (!name.endsWith('.rules') || texts.has(name)) continue
      const path = `${folder}/${name}`
      texts.set(name, { path, text: (await readOptional(host, path, 1024 * 1024)) ?? '' })
    }
  }
  const about = [...texts]
    .filter(([, { text }]) => text.includes('memory'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  if (about.length === 0) return []
  const facts = await readUdevFacts(host)
  const [added = [], ...others] = (['add', 'offline', 'change'] as const).map((action) => {
    const event = new BlockEvent(facts, action)
    return about.flatMap(([, { path, text }]) => event.read(path, text))
  })
  // The same lines whatever the event: only what comes of them differs.
  return added.map((rule, index) => ({
    ...rule,
    actsOnOffline: likeliest(others.map((rules) => rules[index]?.acts ?? 'maybe')),
  }))
}

const likeliest = (each: readonly Acts[]): Acts =>
  each.includes('yes') ? 'yes' : each.includes('maybe') ? 'maybe' : 'no'

async function readUdevFacts(host: Host): Promise<UdevFacts> {
  return {
    machine: await architecture(host),
    virtualization: await readVirtualization(host),
    vendor: await readOptional(host, '/sys/class/dmi/id/sys_vendor'),
    product: await readOptional(host, '/sys/class/dmi/id/product_name'),
  }
}

/** What the kernel does with new blocks by itself; `unknown` where it does not tell. */
export async function readAutoOnlinePolicy(host: Host): Promise<string> {
  return (await readOptional(host, '/sys/devices/system/memory/auto_online_blocks')) ?? 'unknown'
}

export async function readAutoOnline(host: Host): Promise<AutoOnline> {
  const commandLine = (await readOptional(host, '/proc/cmdline')) ?? ''
  return {
    report: {
      policy: await readAutoOnlinePolicy(host),
      bootParameter: /(?:^|\s)memhp_default_state=(\S+)/.exec(commandLine)?.[1] ?? null,
      udevRules: await readUdevRules(host),
    },
    udevRunning: await exists(host, '/run/udev/control'),
  }
}
