import type { Host } from '../host'
import type { NodeAccess, Tiering } from '../protocol'
import { list, readOptional, toCount, toList } from './files'

const TIERS = '/sys/devices/virtual/memory_tiering'
const NODES = '/sys/devices/system/node'
/** Of a memory node, as its nearest initiators see it: of any kind (0), with processors (1). */
const CLASSES = [0, 1] as const

/** A figure that firmware told, null where it told none: the kernel shows 0 then. */
const told = (text: string | null) => toCount(text) || null

/** What HMAT (or a CXL device's own table) tells of a node: MiB a second and nanoseconds. */
export async function readAccess(host: Host, node: number): Promise<NodeAccess[]> {
  const found: NodeAccess[] = []
  for (const initiatorClass of CLASSES) {
    const folder = `${NODES}/node${node}/access${initiatorClass}/initiators`
    const access: NodeAccess = {
      initiatorClass,
      initiators: (await list(host, folder)).flatMap(
        (name) => toCount(/^node(\d+)$/.exec(name)?.[1] ?? null) ?? [],
      ),
      readBandwidthMibs: told(await readOptional(host, `${folder}/read_bandwidth`)),
      writeBandwidthMibs: told(await readOptional(host, `${folder}/write_bandwidth`)),
      readLatencyNs: told(await readOptional(host, `${folder}/read_latency`)),
      writeLatencyNs: told(await readOptional(host, `${folder}/write_latency`)),
    }
    const { readBandwidthMibs, writeBandwidthMibs, readLatencyNs, writeLatencyNs } = access
    if ((readBandwidthMibs ?? writeBandwidthMibs ?? readLatencyNs ?? writeLatencyNs) !== null)
      found.push(access)
  }
  return found
}

/** How this kernel moves pages between kinds of memory. Read, never changed. */
export async function readTiering(host: Host): Promise<Tiering> {
  const tiers: Tiering['tiers'] = []
  for (const name of await list(host, TIERS)) {
    const tier = toCount(/^memory_tier(\d+)$/.exec(name)?.[1] ?? null)
    if (tier === null) continue
    tiers.push({ tier, nodes: toList(await readOptional(host, `${TIERS}/${name}/nodelist`)) })
  }
  const demotion = await readOptional(host, '/sys/kernel/mm/numa/demotion_enabled')
  return {
    tiers,
    demotionEnabled: demotion === null ? null : /^(true|1)$/.test(demotion),
    numaBalancing: toCount(await readOptional(host, '/proc/sys/kernel/numa_balancing')),
  }
}
