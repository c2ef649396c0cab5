import type { Host } from '../host'
import type { PageHolder } from '../protocol'
import { readOptional } from './files'
import { sizeOf } from './memory'

const MOST_BYTES = 4 * 1024 * 1024
const MOST_HOLDERS = 100

/** Pages of the process on the node, by what /proc/PID/numa_maps counts of each mapping. */
async function bytesOnNode(host: Host, pid: string, node: number): Promise<bigint> {
  const maps = (await host.tryReadText(`/proc/${pid}/numa_maps`, MOST_BYTES)) ?? ''
  const counted = new RegExp(` N${node}=(\\d+)`)
  let bytes = 0n
  for (const line of maps.split('\n')) {
    const pages = counted.exec(line)?.[1]
    const size = / kernelpagesize_kB=(\d+)/.exec(line)?.[1]
    if (pages !== undefined) bytes += BigInt(pages) * BigInt(size ?? 4) * 1024n
  }
  return bytes
}

/**
 * Processes with pages on the node that have some locked, pinned for a device, or huge: those whose pages the kernel may
 * not be able to move, or only where there is room of their own kind. Who pins pages for a moment, a pipe or a write in
 * flight, is nowhere told.
 */
export async function findPageHolders(host: Host, node: number): Promise<PageHolder[]> {
  const holders: PageHolder[] = []
  for (const pid of await host.readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const status = await host.tryReadText(`/proc/${pid}/status`)
    if (status === null) continue
    const [locked, pinned, huge] = [
      sizeOf(status, 'VmLck'),
      sizeOf(status, 'VmPin'),
      sizeOf(status, 'HugetlbPages'),
    ]
    if (locked + pinned + huge === 0n) continue
    const onNode = await bytesOnNode(host, pid, node)
    if (onNode === 0n) continue
    holders.push({
      pid: Number(pid),
      name: (await readOptional(host, `/proc/${pid}/comm`)) ?? 'unknown',
      onNodeBytes: String(onNode),
      lockedBytes: String(locked),
      pinnedBytes: String(pinned),
      hugeBytes: String(huge),
    })
  }
  return holders
    .sort((a, b) => (BigInt(a.onNodeBytes) < BigInt(b.onNodeBytes) ? 1 : -1))
    .slice(0, MOST_HOLDERS)
}

const mib = (bytes: string | bigint) => `${BigInt(bytes) / 1048576n} MiB`

export function holdersText(holders: readonly PageHolder[], node: number): string {
  const shown = holders.slice(0, 5).map(({ pid, name, onNodeBytes, lockedBytes, pinnedBytes, hugeBytes }) => {
    const kinds = [
      lockedBytes === '0' ? '' : `${mib(lockedBytes)} locked`,
      pinnedBytes === '0' ? '' : `${mib(pinnedBytes)} pinned`,
      hugeBytes === '0' ? '' : `${mib(hugeBytes)} in huge pages`,
    ].filter((kind) => kind !== '')
    return `${name} (pid ${pid}) has ${mib(onNodeBytes)} on node ${node} and ${kinds.join(', ')} in all`
  })
  return shown.join('; ') + (holders.length > 5 ? `; and ${holders.length - 5} more` : '')
}

/** What the node's own counters tell of pages that are not simply moved; `used` is MemTotal less MemFree. */
export interface NodeUse {
  usedBytes: bigint
  mlockedBytes: bigint
  unreclaimableBytes: bigint
  hugePages: number
}

/** Null where the node does not tell. */
export async function readNodeUse(host: Host, node: number): Promise<NodeUse | null> {
  const text = await readOptional(host, `/sys/devices/system/node/node${node}/meminfo`)
  if (text === null) return null
  return {
    usedBytes: sizeOf(text, 'MemTotal') - sizeOf(text, 'MemFree'),
    mlockedBytes: sizeOf(text, 'Mlocked'),
    unreclaimableBytes: sizeOf(text, 'SUnreclaim'),
    hugePages: Number(/HugePages_Total:\s+(\d+)/.exec(text)?.[1] ?? 0),
  }
}

/** What is known of why pages of the node stay where they are. Nothing is guessed: where nothing tells, that is said. */
export async function tellWhatHolds(host: Host, node: number): Promise<string> {
  const [use, holders] = [await readNodeUse(host, node), await findPageHolders(host, node)]
  const known: string[] = []
  if (use !== null && use.usedBytes > 0n) known.push(`${mib(use.usedBytes)} of node ${node} are in use`)
  if (use !== null && use.mlockedBytes > 0n) known.push(`${mib(use.mlockedBytes)} are locked by programs`)
  if (use !== null && use.hugePages > 0) known.push(`${use.hugePages} huge pages are reserved there`)
  if (use !== null && use.unreclaimableBytes > 0n)
    known.push(`${mib(use.unreclaimableBytes)} are the kernel's own`)
  if (holders.length > 0) known.push(holdersText(holders, node))
  const told = known.length === 0 ? '' : `${known.join('; ')}. `
  return holders.length > 0
    ? told
    : `${told}No process tells of locked, pinned or huge pages there: what holds the rest is not known.`
}
