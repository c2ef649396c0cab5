import type { Host } from '../host'
import type { OtherNamespace } from '../protocol'
import { list, readOptional, toCount } from './files'
import { driverOf, listNamespaces, type Namespace, pmemIdentity } from './nd'

/** The kernel's words for a namespace's mode, and ndctl's, which people know. */
const MODES: Record<string, string> = { memory: 'fsdax', dax: 'devdax', safe: 'sector', raw: 'raw' }

async function blockDevice(host: Host, folders: string[]): Promise<string | null> {
  for (const folder of folders) {
    const name = (await list(host, `${folder}/block`))[0]
    if (name !== undefined) return name
  }
  return null
}

/** Where the block device, or a partition of it, is mounted; matched by major:minor. */
async function mountPoint(host: Host, name: string): Promise<string | null> {
  const numbers = new Set<string>()
  for (const folder of [`/sys/class/block/${name}`]) {
    for (const path of [
      folder,
      ...(await list(host, folder)).filter((n) => n.startsWith(name)).map((n) => `${folder}/${n}`),
    ]) {
      const number = await readOptional(host, `${path}/dev`)
      if (number !== null) numbers.add(number)
    }
  }
  const mounts = (await readOptional(host, '/proc/self/mountinfo', 1024 * 1024)) ?? ''
  for (const line of mounts.split('\n')) {
    const fields = line.split(' ')
    if (numbers.has(fields[2] ?? '')) return fields[4] ?? null
  }
  return null
}

function reasonFor(
  mode: string,
  name: string,
  disabled: boolean,
  mounted: string | null,
  holders: string[],
): string {
  if (mounted !== null) return `It is in ${mode} mode and mounted on ${mounted}.`
  if (holders.length > 0) return `It is in ${mode} mode and held by ${holders.join(', ')}.`
  if (mode === 'devdax') {
    return disabled
      ? `It is in devdax mode but disabled; \`ndctl enable-namespace ${name}\` brings its dax device.`
      : 'It is in devdax mode, but the kernel shows no dax device for it.'
  }
  return `It is in ${mode} mode; only devdax can become RAM, and changing the mode erases it.`
}

async function readNamespace(host: Host, found: Namespace): Promise<OtherNamespace> {
  const { name, path, region } = found
  const holder = await readOptional(host, `${path}/holder`)
  const claim = holder !== null && /^(dax|pfn|btt)\d+\.\d+$/.test(holder) ? `${region}/${holder}` : null
  const kernelMode = (await readOptional(host, `${path}/mode`)) ?? 'unknown'
  const mode = MODES[kernelMode] ?? kernelMode
  const block = await blockDevice(host, claim === null ? [path] : [claim, path])
  const mounted = block === null ? null : await mountPoint(host, block)
  const holders = block === null ? [] : await list(host, `/sys/class/block/${block}/holders`)
  const disabled = (await driverOf(host, path)) === null
  return {
    name,
    identity: (await pmemIdentity(host, region, name, null)).identity,
    mode,
    sizeBytes: (await readOptional(host, `${path}/size`)) ?? '0',
    blockDevice: block,
    mountPoint: mounted,
    numaNode: toCount(await readOptional(host, `${path}/numa_node`)),
    reason: reasonFor(mode, name, disabled, mounted, holders),
  }
}

/** Namespaces that are no dax device, and why each is no candidate. */
export async function readOtherNamespaces(
  host: Host,
  devdax: ReadonlySet<string>,
): Promise<OtherNamespace[]> {
  const others: OtherNamespace[] = []
  for (const found of await listNamespaces(host)) {
    if (!devdax.has(found.name)) others.push(await readNamespace(host, found))
  }
  return others
}
