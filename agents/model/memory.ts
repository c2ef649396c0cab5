import { smallInt } from '../lib/small-int'
import { EBUSY, EINVAL } from './errno'
import type { AutoOnline, ModelSpec } from './spec'

/** 0 offline, 1 online in ZONE_NORMAL, 2 online in ZONE_MOVABLE. */
type State = 0 | 1 | 2
export const OFFLINE = 0
export const NORMAL = 1
export const MOVABLE = 2

/** The memory blocks that one range of a device brought. */
export interface Plugged {
  device: number
  range: number
  first: number
  last: number
  node: number
  memmapOnMemory: boolean
  states: Uint8Array
}

interface DramSpan {
  first: number
  last: number
  node: number
}

const GIB = 1024n * 1024n * 1024n
/** Below 4 GiB a PC has room for its devices: what RAM does not fit there begins at 4 GiB. */
const LOW = 2n * GIB

function dramSpans({ ramBytes, blockSizeBytes: size, cpuNodes }: ModelSpec): DramSpan[] {
  const spans: DramSpan[] = []
  const low = ramBytes < 3n * GIB ? ramBytes : LOW
  const lowBlocks = smallInt(low / size)
  if (lowBlocks > 0) spans.push({ first: 0, last: lowBlocks - 1, node: 0 })
  const from = smallInt((4n * GIB) / size)
  const rest = smallInt((ramBytes - low) / size)
  for (let node = 0, done = 0; node < cpuNodes && done < rest; node++) {
    const count = node === cpuNodes - 1 ? rest - done : Math.ceil(rest / cpuNodes)
    spans.push({ first: from + done, last: from + done + count - 1, node })
    done += count
  }
  return spans
}

/** The first address behind all RAM, where other memory may begin. */
export function endOfRam(spec: Pick<ModelSpec, 'ramBytes'>): bigint {
  return spec.ramBytes < 3n * GIB ? 4n * GIB : 4n * GIB + spec.ramBytes - LOW
}

export interface Block {
  id: number
  node: number
  state: 'online' | 'offline'
  zones: string
}

/** Memory blocks as the kernel keeps them (drivers/base/memory.c, mm/memory_hotplug.c). */
export class Memory {
  readonly plugged: Plugged[] = []
  /** Blocks with pages that cannot be moved: the errno of a write of `offline`, or one that the kernel never ends. */
  readonly pinned = new Map<number, number | 'never'>()
  autoOnline: AutoOnline
  private readonly dram: DramSpan[]
  /** Sums over blocks, until one of them changes: they are asked for far more often. */
  private readonly sums = new Map<string, bigint>()

  constructor(private readonly spec: ModelSpec) {
    this.dram = dramSpans(spec)
    this.autoOnline = spec.autoOnline
  }

  ids(): number[] {
    const ids: number[] = []
    for (const { first, last } of [...this.dram, ...this.plugged])
      for (let id = first; id <= last; id++) ids.push(id)
    return ids
  }

  idsOfNode(node: number): number[] {
    const ids: number[] = []
    for (const span of [...this.dram, ...this.plugged]) {
      if (span.node === node) for (let id = span.first; id <= span.last; id++) ids.push(id)
    }
    return ids
  }

  nodes(): number[] {
    const nodes = new Set<number>()
    for (let node = 0; node < this.spec.cpuNodes; node++) nodes.add(node)
    // A node that firmware promised is there, without memory, from the beginning.
    for (const { targetNode } of this.spec.devices) if (targetNode !== null) nodes.add(targetNode)
    return [...nodes].sort((a, b) => a - b)
  }

  /** `state` as it reads; null without such a block. */
  stateOf(id: number): Block['state'] | null {
    const span = this.spanOf(id)
    if (span === null) return null
    return 'states' in span && span.states[id - span.first] === OFFLINE ? 'offline' : 'online'
  }

  nodeOf(id: number): number | null {
    return this.spanOf(id)?.node ?? null
  }

  /** `valid_zones` as it reads. */
  zonesOf(id: number): string {
    const span = this.spanOf(id)
    if (span === null) return ''
    if ('states' in span) {
      const state = span.states[id - span.first]
      if (state === NORMAL) return 'Normal'
      if (state === MOVABLE) return 'Movable'
      return this.defaultZone(span, id) === MOVABLE ? 'Movable Normal' : 'Normal Movable'
    }
    // The first block holds pages of two zones, and so cannot be taken offline.
    if (id === 0) return 'none'
    return BigInt(id) * this.spec.blockSizeBytes < 4n * GIB ? 'DMA32' : 'Normal'
  }

  /** One write to `state`; the errno. */
  write(id: number, value: string): number {
    const span = this.spanOf(id)
    const asked = value.trim()
    if (span === null || !/^(offline|online|online_kernel|online_movable)$/.test(asked)) return EINVAL
    // The kernel's own pages stay where they are; the first block has holes besides.
    if (!('states' in span)) return asked === 'offline' && id !== 0 ? EBUSY : EINVAL
    const at = id - span.first
    if (asked === 'offline') {
      if (span.states[at] === OFFLINE) return EINVAL
      const pinned = this.pinned.get(id) ?? 0
      if (pinned !== 0) return pinned === 'never' ? EBUSY : pinned
      span.states[at] = OFFLINE
      this.sums.clear()
      return 0
    }
    // Seen: a block that is online already does not take it.
    if (span.states[at] !== OFFLINE) return EINVAL
    const errno = this.refusal(span, id)
    if (errno !== 0) return errno
    span.states[at] = this.zoneFor(span, id, asked)
    this.sums.clear()
    return 0
  }

  /** A write that stays in the kernel until a signal ends its process. */
  neverEnds(id: number, value: string): boolean {
    return value.trim() === 'offline' && this.stateOf(id) === 'online' && this.pinned.get(id) === 'never'
  }

  /** New memory of a device, offline, then as auto_online_blocks has it. */
  plug(range: Omit<Plugged, 'states'>, policy: AutoOnline = this.autoOnline): void {
    const plugged = { ...range, states: new Uint8Array(range.last - range.first + 1) }
    this.plugged.push(plugged)
    this.sums.clear()
    if (policy === 'offline') return
    for (let id = range.first; id <= range.last; id++) this.write(id, policy)
  }

  /** States were written from without. */
  changed(): void {
    this.sums.clear()
  }

  /** Takes a range's blocks away; EBUSY while any is online. */
  unplug(range: Plugged): number {
    if (range.states.some((state) => state !== OFFLINE)) return EBUSY
    this.plugged.splice(this.plugged.indexOf(range), 1)
    this.sums.clear()
    return 0
  }

  onlineBytes(node: number | null, zone: 'Movable' | 'any'): bigint {
    const key = `${node} ${zone}`
    const sum = this.sums.get(key) ?? this.countOnline(node, zone)
    this.sums.set(key, sum)
    return sum
  }

  private countOnline(node: number | null, zone: 'Movable' | 'any'): bigint {
    let blocks = 0
    let onMemory = 0
    for (const range of this.plugged) {
      if (node !== null && range.node !== node) continue
      for (const state of range.states) {
        if (state === OFFLINE || (zone === 'Movable' && state !== MOVABLE)) continue
        blocks += 1
        if (range.memmapOnMemory) onMemory += 1
      }
    }
    const size = this.spec.blockSizeBytes
    return BigInt(blocks) * size - (BigInt(onMemory) * size) / 64n
  }

  /** What struct pages of all plugged memory take of the memory that was there before. */
  memmapBytes(): bigint {
    let blocks = 0
    for (const { first, last, memmapOnMemory } of this.plugged)
      if (!memmapOnMemory) blocks += last - first + 1
    return (BigInt(blocks) * this.spec.blockSizeBytes) / 64n
  }

  dramBytes(node: number): bigint {
    const blocks = this.dram.reduce(
      (sum, span) => sum + (span.node === node ? span.last - span.first + 1 : 0),
      0,
    )
    return BigInt(blocks) * this.spec.blockSizeBytes
  }

  private spanOf(id: number): DramSpan | Plugged | null {
    for (const span of this.plugged) if (id >= span.first && id <= span.last) return span
    for (const span of this.dram) if (id >= span.first && id <= span.last) return span
    return null
  }

  private refusal(span: Plugged, id: number): number {
    // Blocks of a device are counted over its ranges, as they were plugged.
    let before = 0
    for (const range of this.plugged) {
      if (range === span) break
      if (range.device === span.device) before += range.last - range.first + 1
    }
    const block = before + id - span.first
    const found = this.spec.refusingBlocks.find((each) => each.device === span.device && each.block === block)
    return found?.errno ?? 0
  }

  private zoneFor(span: Plugged, id: number, asked: string): State {
    if (asked === 'online_movable') return MOVABLE
    return asked === 'online_kernel' ? NORMAL : this.defaultZone(span, id)
  }

  /** default_zone_for_pfn: the zone whose span it lies in, if it lies in one only; else the kernel's. */
  private defaultZone(span: Plugged, id: number): State {
    const spans: Record<1 | 2, [number, number]> = { 1: [Infinity, -Infinity], 2: [Infinity, -Infinity] }
    for (const range of this.plugged) {
      if (range.node !== span.node) continue
      range.states.forEach((state, index) => {
        if (state !== NORMAL && state !== MOVABLE) return
        const zone = spans[state]
        zone[0] = Math.min(zone[0], range.first + index)
        zone[1] = Math.max(zone[1], range.first + index)
      })
    }
    const within = ([first, last]: [number, number]) => id >= first && id <= last
    return within(spans[MOVABLE]) && !within(spans[NORMAL]) ? MOVABLE : NORMAL
  }
}
