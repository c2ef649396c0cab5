import type { Host } from '../host'
import type { KernelFeature, KernelFeatureName } from '../protocol'
import { deviceFolder, exists, list, readOptional } from './files'

const DAX = '/sys/bus/dax'

/** What tells, on the host itself: nothing is concluded from a version, for distributions carry things back. */
interface Row {
  feature: KernelFeatureName
  /** The mainline release that brought it, for people. */
  since: string
  /** Null where nothing on this host tells: most is seen on a device, and there may be none. */
  tells: (host: Host, device: string | null) => Promise<boolean | null>
}

const onDevice = (file: string) => async (host: Host, device: string | null) =>
  device === null ? null : exists(host, `${device}/${file}`)

/** Every difference between kernels that the agent acts by or shows, oldest first. The one place that knows them. */
const ERAS: readonly Row[] = [
  /** Devices can be bound to another driver: `new_id`, `remove_id`, `bind`, `target_node`. */
  { feature: 'dax_bus', since: '5.1', tells: (host) => exists(host, DAX) },
  /** kmem can be unbound once every block is offline; the same release shows where the device lies. */
  { feature: 'hot_remove', since: '5.3', tells: onDevice('resource') },
  /** /proc/iomem says `System RAM (kmem)`: what lost its driver can be told from other RAM. */
  {
    feature: 'named_in_iomem',
    since: '5.8',
    tells: async (host) => {
      const iomem = (await readOptional(host, '/proc/iomem', 1024 * 1024)) ?? ''
      if (iomem.includes('System RAM (kmem)')) return true
      const bound = (await list(host, `${DAX}/drivers/kmem`)).some((name) => name.startsWith('dax'))
      return bound ? false : null
    },
  },
  /** A device may have several ranges (`mappingN`). */
  { feature: 'mappings', since: '5.10', tells: onDevice('mapping0') },
  /** CXL ram regions and soft-reserved memory are kmem's by themselves: it binds them without `new_id`. */
  {
    feature: 'kmem_by_kind',
    since: '6.3',
    tells: async (host) =>
      (await exists(host, '/sys/bus/platform/devices/hmem_platform.0')) ||
      (await exists(host, '/sys/bus/cxl/drivers/cxl_dax_region')),
  },
  /** Struct pages can come out of the new memory, device by device. */
  { feature: 'memmap_on_memory', since: '6.8', tells: onDevice('memmap_on_memory') },
  /** One file brings a whole device's memory online or takes it offline. */
  { feature: 'device_state', since: '2026', tells: onDevice('state') },
  /** A third driver, for filesystems: a device may be bound to neither of the two. */
  { feature: 'fsdev_dax', since: '2026', tells: (host) => exists(host, `${DAX}/drivers/fsdev_dax`) },
]

/** What this kernel can, by looking for each thing itself. */
export async function readEras(host: Host): Promise<KernelFeature[]> {
  const [first] = (await list(host, `${DAX}/devices`)).filter((name) => /^dax\d+\.\d+$/.test(name))
  const device = first === undefined ? null : await deviceFolder(host, `${DAX}/devices/${first}`)
  const features: KernelFeature[] = []
  for (const { feature, since, tells } of ERAS) {
    features.push({ feature, since, present: await tells(host, device) })
  }
  return features
}

/** Whether this kernel has it for sure. */
export function has(features: readonly KernelFeature[], name: KernelFeatureName): boolean {
  return features.some(({ feature, present }) => feature === name && present === true)
}
