import type { Host } from '../host'
import { smallInt } from '../lib/small-int'
import type { BlockRun, Inspection, NumaNode, Sample } from '../protocol'
import { lineAfter, list, readOptional, toCount, toList } from './files'
import { readAccess } from './tiering'

const MEMORY = '/sys/devices/system/memory'
/** Blocks read in one go. A call of its own for each file took twice the time of the reads. */
const BATCH = 512
const NODES = '/sys/devices/system/node'

export interface Block {
  id: number
  state: BlockRun['state']
  zones: string
  node: number | null
}

/** All memory blocks by id, and the host's block size. */
export interface Blocks {
  sizeBytes: bigint
  byId: Map<number, Block>
}

/** Where the blocks of a device are looked up: those that are there, of the ids asked. */
export interface BlockSource {
  sizeBytes: bigint
  of: (ids: readonly number[]) => Promise<Block[]>
}

export function fromBlocks({ sizeBytes, byId }: Blocks): BlockSource {
  return { sizeBytes, of: async (ids) => ids.flatMap((id) => byId.get(id) ?? []) }
}

/** Reads only the blocks that are asked for, and not their nodes: a host may have ten thousands of others. */
export async function blocksOnDemand(host: Host): Promise<BlockSource> {
  return { sizeBytes: await readBlockSize(host), of: (ids) => readBlocksOf(host, ids, new Map()) }
}

const STATES: readonly string[] = ['online', 'offline', 'going-offline']
const isState = (text: string): text is BlockRun['state'] => STATES.includes(text)

function toBlock(id: number, state: string, zones: string | null, node: number | null): Block {
  return { id, state: isState(state) ? state : 'unknown', zones: zones ?? '', node }
}

/** What `state` reads of each block; null when the kernel has none of that id. */
export function readBlockStates(host: Host, ids: readonly number[]): Promise<(string | null)[]> {
  return host.readMany(ids.map((id) => `${MEMORY}/memory${id}/state`))
}

/** Blocks as they read now, without those that the kernel does not have. */
export async function readBlocksOf(
  host: Host,
  ids: readonly number[],
  nodeOf: ReadonlyMap<number, number>,
): Promise<Block[]> {
  const blocks: Block[] = []
  for (let from = 0; from < ids.length; from += BATCH) {
    const batch = ids.slice(from, from + BATCH)
    const states = await readBlockStates(host, batch)
    const present = batch.flatMap((id, i) => {
      const state = states[i] ?? null
      return state === null ? [] : [{ id, state }]
    })
    const zones = await host.readMany(present.map(({ id }) => `${MEMORY}/memory${id}/valid_zones`))
    present.forEach(({ id, state }, i) => {
      blocks.push(toBlock(id, state, zones[i] ?? null, nodeOf.get(id) ?? null))
    })
  }
  return blocks
}

/** Block size in bytes; 0 where the kernel has no memory blocks (no hotplug compiled in). */
export async function readBlockSize(host: Host): Promise<bigint> {
  const text = await readOptional(host, `${MEMORY}/block_size_bytes`)
  return text !== null && /^[0-9a-f]{1,16}$/i.test(text) ? BigInt(`0x${text}`) : 0n
}

/**
 * Ids of the `memoryN` in a folder, ascending. By plain characters: sorting 16,384 names by regular expressions took
 * the agent seconds.
 */
async function blockIds(host: Host, folder: string): Promise<number[]> {
  const ids: number[] = []
  for (const name of await host.readdir(folder)) {
    if (!name.startsWith('memory') || name.length > 15) continue
    const digits = name.charCodeAt(6)
    const id = digits >= 48 && digits <= 57 ? smallInt(name.slice(6)) : -1
    if (id >= 0) ids.push(id)
  }
  return ids.sort((a, b) => a - b)
}

/** Node ids, and each block's node, from nodeN's links: one folder a node instead of one a block. */
export async function readNodeLinks(host: Host): Promise<Map<number, number>> {
  const nodeOf = new Map<number, number>()
  for (const name of await list(host, NODES)) {
    const node = /^node(\d{1,5})$/.exec(name)?.[1]
    if (node === undefined) continue
    for (const id of await blockIds(host, `${NODES}/${name}`)) nodeOf.set(id, smallInt(node))
  }
  return nodeOf
}

export async function readBlocks(host: Host): Promise<Blocks> {
  const sizeBytes = await readBlockSize(host)
  const byId = new Map<number, Block>()
  if (sizeBytes === 0n) return { sizeBytes, byId }
  const blocks = await readBlocksOf(host, await blockIds(host, MEMORY), await readNodeLinks(host))
  for (const block of blocks) byId.set(block.id, block)
  return { sizeBytes, byId }
}

/** Neighbours that read alike, joined: a host of 16,384 blocks tells a handful of runs. */
export function toRuns(blocks: readonly Block[]): BlockRun[] {
  const runs: BlockRun[] = []
  for (const { id, state, zones, node } of [...blocks].sort((a, b) => a.id - b.id)) {
    const run = runs[runs.length - 1]
    const joins = run !== undefined && run.last + 1 === id && run.state === state && run.zones === zones
    if (joins && run.node === node) run.last = id
    else runs.push({ first: id, last: id, state, zones, node })
  }
  return runs
}

/** A size line of meminfo ("MemTotal:  123 kB"), in bytes; of a node's as well ("Node 1 MemTotal: ..."). */
export function sizeOf(meminfo: string, name: string): bigint {
  const at = meminfo.indexOf(`${name}:`)
  const found = at === -1 ? null : /^\w+:\s+(\d+) kB/.exec(meminfo.slice(at, at + 60))
  return BigInt(found?.[1] ?? 0) * 1024n
}

export async function readMemTotal(host: Host): Promise<bigint> {
  return sizeOf((await readOptional(host, '/proc/meminfo')) ?? '', 'MemTotal')
}

/** MemTotal and MemAvailable alone, which a look before each of many blocks can afford. */
export async function readAvailable(host: Host): Promise<{ totalBytes: bigint; availableBytes: bigint }> {
  const meminfo = (await readOptional(host, '/proc/meminfo')) ?? ''
  return { totalBytes: sizeOf(meminfo, 'MemTotal'), availableBytes: sizeOf(meminfo, 'MemAvailable') }
}

export async function readNodeMemTotal(host: Host, node: number): Promise<bigint | null> {
  const text = await readOptional(host, `${NODES}/node${node}/meminfo`)
  return text === null ? null : sizeOf(text, 'MemTotal')
}

/** Size of a base page: struct page costs 64 bytes for each. From smaps, for there is no getauxval here. */
export async function readPageSize(host: Host): Promise<bigint> {
  const smaps = await readOptional(host, '/proc/self/smaps', 4096)
  const found = /^\s*(\d+) kB$/.exec(lineAfter(smaps ?? '', 'KernelPageSize:') ?? '')?.[1]
  return found === undefined ? 4096n : BigInt(found) * 1024n
}

/** Pages of ZONE_MOVABLE, which no struct page may be taken from: managed in all, and free now. */
async function readMovable(host: Host, pageBytes: bigint): Promise<{ managed: bigint; free: bigint }> {
  const zoneinfo = (await readOptional(host, '/proc/zoneinfo', 4 * 1024 * 1024)) ?? ''
  const sum = { managed: 0n, free: 0n }
  const figure = (zone: string, name: string) => {
    const at = zone.indexOf(name)
    return at === -1 ? 0n : BigInt(/^\s*(\d+)/.exec(zone.slice(at + name.length, at + 40))?.[1] ?? 0)
  }
  for (const zone of zoneinfo.split('\nNode ')) {
    if (!/^(Node )?\d+, zone\s+Movable/.test(zone.slice(0, 40))) continue
    sum.managed += figure(zone, ' managed ') * pageBytes
    sum.free += figure(zone, ' pages free ') * pageBytes
  }
  return sum
}

export interface MemoryReading {
  figures: Inspection['memory']
  /** What struct pages of new memory can be taken from: available, less what lies free in ZONE_MOVABLE. */
  headroomBytes: bigint
}

export async function readMemory(host: Host, pageBytes: bigint): Promise<MemoryReading> {
  const meminfo = (await readOptional(host, '/proc/meminfo')) ?? ''
  const movable = await readMovable(host, pageBytes)
  const available = sizeOf(meminfo, 'MemAvailable')
  return {
    figures: {
      totalBytes: String(sizeOf(meminfo, 'MemTotal')),
      freeBytes: String(sizeOf(meminfo, 'MemFree')),
      availableBytes: String(available),
      movableBytes: String(movable.managed),
    },
    headroomBytes: available > movable.free ? available - movable.free : 0n,
  }
}

/** MemTotal and MemFree of each node. */
export async function readNodeFigures(host: Host): Promise<Sample['nodes']> {
  const nodes: Sample['nodes'] = []
  for (const name of await list(host, NODES)) {
    const id = toCount(/^node(\d{1,5})$/.exec(name)?.[1] ?? null)
    if (id === null) continue
    const meminfo = (await readOptional(host, `${NODES}/${name}/meminfo`)) ?? ''
    nodes.push({
      id,
      memTotalBytes: String(sizeOf(meminfo, 'MemTotal')),
      memFreeBytes: String(sizeOf(meminfo, 'MemFree')),
    })
  }
  return nodes
}

export async function readNodes(host: Host, blocks: Blocks): Promise<NumaNode[]> {
  const withCpus = new Set(toList(await readOptional(host, `${NODES}/has_cpu`)))
  const nodes: NumaNode[] = []
  for (const figures of await readNodeFigures(host)) {
    const { id } = figures
    const distance = (await readOptional(host, `${NODES}/node${id}/distance`)) ?? ''
    const counts = { online: 0, offline: 0, movable: 0, normal: 0 }
    for (const block of blocks.byId.values()) {
      if (block.node !== id) continue
      if (block.state !== 'online') counts.offline++
      else {
        counts.online++
        if (block.zones === 'Movable') counts.movable++
        else counts.normal++
      }
    }
    nodes.push({
      ...figures,
      hasCpus: withCpus.has(id),
      access: await readAccess(host, id),
      distances: distance.split(/\s+/).flatMap((text) => toCount(text) ?? []),
      blocks: counts,
    })
  }
  return nodes
}
