import { ENOENT } from './errno'
import type { ModelMachine } from './machine'
import type { ModelProcess } from './process'
import { meminfo, zoneinfo } from './sys-memory'
import { mountLines } from './sys-nd'
import { numaBalancing } from './sys-tiering'
import { type FolderNode, fixed, folder, line, link, living, type Node } from './tree'

/** The threads that the kernel itself runs; they hold no device. */
const THREADS = [3, 4, 5]
const CAPABILITIES = { root: '000001ffffffffff', other: '0000000000000000' }

/** Its own ELF header, as far as the agent reads it: the machine it was built for. */
function program({ spec }: ModelMachine): Node {
  const machine = spec.architecture === 'aarch64' ? 183 : 62
  return {
    kind: 'file',
    mode: 0o755,
    uid: 0,
    read: () => '',
    bytes: () => {
      const header = new Uint8Array(20)
      header[18] = machine
      return header
    },
  }
}

function processFolder(machine: ModelMachine, process: ModelProcess): FolderNode {
  const descriptors = living(
    () => [...process.descriptors.keys()].map(String),
    (name) => {
      const description = process.descriptors.get(Number(name))
      if (description === undefined) return null
      return { kind: 'symlink', target: description.path, to: description.node }
    },
    0o500,
  )
  const id = String(process.uid)
  const capabilities = process.uid === 0 ? CAPABILITIES.root : CAPABILITIES.other
  const mapped = machine.mappedBy(process)
  return folder({
    comm: fixed(process.name),
    environ: {
      kind: 'file',
      mode: 0o400,
      uid: process.uid,
      read: () =>
        Object.entries(process.environment)
          .map(([name, value]) => `${name}=${value}\0`)
          .join(''),
    },
    exe: { kind: 'symlink', target: `/usr/bin/${process.name}`, to: program(machine) },
    fd: { ...descriptors, uid: process.uid },
    maps: line(() =>
      mapped.map((_, index) => `${7 + index}0-${8 + index}0 rw-s 00000000 00:05 ${100 + index}`).join('\n'),
    ),
    map_files: folder(
      Object.fromEntries(mapped.map((node, index) => [`${7 + index}0-${8 + index}0`, node])),
      0o500,
    ),
    status: fixed(
      [`Name:\t${process.name}`, `Uid:\t${id}\t${id}\t${id}\t${id}`, `CapEff:\t${capabilities}`].join('\n'),
    ),
    smaps: fixed('00400000-00500000 r-xp 00000000 08:01 42 /agent\nKernelPageSize:        4 kB'),
    mountinfo: fixed(['20 1 8:1 / / rw - ext4 /dev/vda1 rw', ...mountLines(machine.spec)].join('\n')),
  })
}

/** A thread of the kernel: no program behind it, no descriptors. */
function threadFolder(name: string): FolderNode {
  return folder({ comm: fixed(name), fd: folder({}), maps: line(() => ''), map_files: folder({}) })
}

/** /proc */
export function procFolder(machine: ModelMachine): FolderNode {
  const { spec, memory, figures } = machine
  const threads = new Map<string, Node>(THREADS.map((pid) => [String(pid), threadFolder(`kworker/${pid}`)]))
  const kthreadd = folder({
    comm: fixed('kthreadd'),
    fd: folder({}),
    maps: line(() => ''),
    map_files: folder({}),
    task: folder({ '2': folder({ children: fixed(THREADS.join(' ')) }) }),
  })
  const own = new Map<string, Node>([
    ['2', kthreadd],
    ['cmdline', fixed(spec.commandLine)],
    ['cpuinfo', fixed('processor\t: 0\nflags\t\t: fpu lm')],
    ['meminfo', meminfo(figures)],
    ['zoneinfo', zoneinfo(memory, figures)],
    [
      'sys',
      folder({
        kernel: folder({
          hostname: fixed(spec.hostname),
          numa_balancing: numaBalancing(spec),
          osrelease: fixed(spec.kernelRelease),
          random: folder({ boot_id: line(() => machine.bootId) }),
        }),
      }),
    ],
    ...threads,
  ])
  return living(
    () => [...own.keys(), ...machine.processIds().map(String)],
    (name) => {
      if (name === 'self') return link(machine.asking === null ? `${ENOENT}` : String(machine.asking.pid))
      const known = own.get(name)
      if (known !== undefined) return known
      const process = machine.processAt(Number(name))
      return process === null ? null : processFolder(machine, process)
    },
  )
}
