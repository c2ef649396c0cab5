import { smallInt } from '../lib/small-int'
import { EINVAL } from './errno'
import type { Figures } from './figures'
import type { Memory } from './memory'
import type { AutoOnline, DeviceSpec, ModelSpec } from './spec'
import { type FileNode, type FolderNode, fixed, folder, line, link, living, type Node } from './tree'

const kib = (bytes: bigint) => String(bytes / 1024n)
const idOf = (name: string) => (/^memory(0|[1-9]\d{0,6})$/.test(name) ? smallInt(name.slice(6)) : -1)

type OnState = (id: number, value: string, errno: number) => void

/** `state` of a block; made anew at each look, for a host may have thousands of them and most are never looked at. */
class StateFile implements FileNode {
  readonly kind = 'file'
  readonly mode = 0o644
  readonly uid = 0

  constructor(
    private readonly memory: Memory,
    private readonly id: number,
    private readonly onState: OnState,
  ) {}

  read(): string {
    return `${this.memory.stateOf(this.id) ?? 'offline'}\n`
  }

  write(value: string): number {
    const errno = this.memory.write(this.id, value)
    this.onState(this.id, value, errno)
    return errno
  }
}

const BLOCK_FILES = ['state', 'valid_zones', 'phys_index', 'removable']

/** memoryN: what is not asked for is not made. */
class BlockFolder implements FolderNode {
  readonly kind = 'directory'
  readonly mode = 0o755
  readonly uid = 0

  constructor(
    private readonly memory: Memory,
    private readonly id: number,
    private readonly onState: OnState,
  ) {}

  names(): string[] {
    return [...BLOCK_FILES, `node${this.memory.nodeOf(this.id)}`]
  }

  child(name: string): Node | null {
    const { memory, id } = this
    switch (name) {
      case 'state':
        return new StateFile(memory, id, this.onState)
      case 'valid_zones':
        return fixed(memory.zonesOf(id))
      case 'phys_index':
        return fixed(id.toString(16).padStart(8, '0'))
      case 'removable':
        return fixed('1')
      default:
        return name === `node${memory.nodeOf(id)}` ? link(`../../node/${name}`) : null
    }
  }
}

/** /sys/devices/system/memory */
export function memoryFolder(spec: ModelSpec, memory: Memory, onState: OnState): FolderNode {
  const policies: AutoOnline[] = ['offline', 'online', 'online_kernel', 'online_movable']
  const own = new Map<string, Node>([
    ['block_size_bytes', fixed(spec.blockSizeBytes.toString(16))],
    [
      'auto_online_blocks',
      line(
        () => memory.autoOnline,
        0o644,
        (value) => {
          const policy = policies.find((known) => known === value.trim())
          if (policy === undefined) return EINVAL
          memory.autoOnline = policy
          return 0
        },
      ),
    ],
  ])
  return living(
    () => [...own.keys(), ...memory.ids().map((id) => `memory${id}`)],
    (name) => {
      const known = own.get(name)
      if (known !== undefined) return known
      const id = idOf(name)
      if (id < 0 || memory.stateOf(id) === null) return null
      return new BlockFolder(memory, id, onState)
    },
  )
}

/** As HMAT tells of memory without processors: CXL behind its link, HBM beside the processor. Of pmem it says nothing. */
const ACCESS: Partial<Record<DeviceSpec['kind'], { bandwidth: string; latency: string }>> = {
  cxl: { bandwidth: '25600', latency: '250' },
  hmem: { bandwidth: '204800', latency: '110' },
}

/** `access0` and `access1` of a node; none where firmware tells nothing of it. */
function accessFolders(spec: ModelSpec, node: number): [string, Node][] {
  const device = spec.devices.find(({ targetNode }) => targetNode === node)
  const access = device === undefined ? undefined : ACCESS[device.kind]
  if (access === undefined) return []
  const initiators = folder({
    read_bandwidth: fixed(access.bandwidth),
    write_bandwidth: fixed(access.bandwidth),
    read_latency: fixed(access.latency),
    write_latency: fixed(access.latency),
    node0: link('../../../node0'),
  })
  return ['access0', 'access1'].map((name) => [name, folder({ initiators })])
}

function nodeFolder(spec: ModelSpec, memory: Memory, figures: Figures, node: number): FolderNode {
  const own = new Map<string, Node>([
    ...accessFolders(spec, node),
    [
      'meminfo',
      line(() =>
        [
          `Node ${node} MemTotal:       ${kib(figures.nodeTotal(node))} kB`,
          `Node ${node} MemFree:        ${kib(figures.nodeFree(node))} kB`,
        ].join('\n'),
      ),
    ],
    [
      'distance',
      line(() =>
        memory
          .nodes()
          .map((other) => (other === node ? 10 : 20))
          .join(' '),
      ),
    ],
  ])
  return living(
    () => [...own.keys(), ...memory.idsOfNode(node).map((id) => `memory${id}`)],
    (name) => {
      const known = own.get(name)
      if (known !== undefined) return known
      const id = idOf(name)
      return id >= 0 && memory.nodeOf(id) === node ? link(`../../memory/${name}`) : null
    },
  )
}

/** /sys/devices/system/node */
export function nodesFolder(spec: ModelSpec, memory: Memory, figures: Figures): FolderNode {
  const hasCpu = fixed(spec.cpuNodes === 1 ? '0' : `0-${spec.cpuNodes - 1}`)
  const nodes = new Map(
    memory.nodes().map((node) => [`node${node}`, nodeFolder(spec, memory, figures, node)]),
  )
  return living(
    () => ['has_cpu', ...nodes.keys()],
    (name) => (name === 'has_cpu' ? hasCpu : (nodes.get(name) ?? null)),
  )
}

const PAGE = 4096n

/** /proc/meminfo */
export function meminfo(figures: Figures): Node {
  return line(() => {
    const free = figures.free()
    return [
      `MemTotal:       ${kib(figures.total())} kB`,
      `MemFree:        ${kib(free)} kB`,
      `MemAvailable:   ${kib(figures.available())} kB`,
    ].join('\n')
  })
}

/** /proc/zoneinfo, as far as it tells of ZONE_MOVABLE. */
export function zoneinfo(memory: Memory, figures: Figures): Node {
  const zone = (node: number, name: string, bytes: bigint) =>
    [
      `Node ${node}, zone  ${name.padStart(7)}`,
      `  pages free     ${bytes / PAGE}`,
      '        min      0',
      `        managed  ${bytes / PAGE}`,
    ].join('\n')
  return line(() =>
    memory
      .nodes()
      .flatMap((node) => [
        zone(node, 'Normal', figures.nodeTotal(node) - figures.movable(node)),
        zone(node, 'Movable', figures.movable(node)),
      ])
      .join('\n'),
  )
}
