import { EINVAL } from './errno'
import type { Figures } from './figures'
import type { Memory } from './memory'
import type { AutoOnline, ModelSpec } from './spec'
import { type FolderNode, fixed, folder, line, link, living, type Node } from './tree'

const kib = (bytes: bigint) => String(bytes / 1024n)
const idOf = (name: string) => (/^memory(0|[1-9]\d{0,6})$/.test(name) ? Number(name.slice(6)) | 0 : -1)

function blockFolder(memory: Memory, id: number, onState: (value: string, errno: number) => void): Node {
  const node = memory.nodeOf(id)
  const state = line(
    () => memory.stateOf(id) ?? 'offline',
    0o644,
    (value) => {
      const errno = memory.write(id, value)
      onState(value, errno)
      return errno
    },
  )
  return folder({
    state,
    valid_zones: line(() => memory.zonesOf(id)),
    phys_index: fixed(id.toString(16).padStart(8, '0')),
    removable: fixed('1'),
    [`node${node}`]: node === null ? null : link(`../../node/node${node}`),
  })
}

/** /sys/devices/system/memory */
export function memoryFolder(
  spec: ModelSpec,
  memory: Memory,
  onState: (id: number, value: string, errno: number) => void,
): FolderNode {
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
      return blockFolder(memory, id, (value, errno) => onState(id, value, errno))
    },
  )
}

function nodeFolder(memory: Memory, figures: Figures, node: number): FolderNode {
  const own = new Map<string, Node>([
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
  const nodes = new Map(memory.nodes().map((node) => [`node${node}`, nodeFolder(memory, figures, node)]))
  return living(
    () => ['has_cpu', ...nodes.keys()],
    (name) => (name === 'has_cpu' ? hasCpu : (nodes.get(name) ?? null)),
  )
}

const PAGE = 4096n

/** /proc/meminfo */
export function meminfo(spec: ModelSpec, figures: Figures): Node {
  return line(() => {
    const free = figures.free()
    // A tenth of what programs take is cache, and given back when asked for.
    const available = free + spec.usedBytes / 10n
    return [
      `MemTotal:       ${kib(figures.total())} kB`,
      `MemFree:        ${kib(free)} kB`,
      `MemAvailable:   ${kib(available)} kB`,
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
