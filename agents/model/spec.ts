/** What a modelled host is made of. Its hardware never changes; what software may change is set once it is on. */

export const MIB = 1024n * 1024n
export const GIB = 1024n * MIB

export type DriverName = 'device_dax' | 'kmem'
export type AutoOnline = 'offline' | 'online' | 'online_kernel' | 'online_movable'

/** Physical addresses, `end` included. */
export interface Range {
  start: bigint
  end: bigint
}

/** How a device is; it may change while the host is on. */
export interface DeviceHealth {
  /** In ndctl's words; without it the device tells nothing of its health, as an emulated one. */
  state?: 'ok' | 'non-critical' | 'critical' | 'fatal'
  lifeUsed?: number
  spares?: number
  dirtyShutdowns?: number
  hot?: boolean
  /** cxl: damaged places the device knows of. */
  poison?: number
  /** pmem: what the firmware raises, e.g. `not_armed`. */
  flags?: string
}

export interface DeviceSpec {
  kind: 'pmem' | 'cxl' | 'hmem'
  /** What the dax device has of it: for pmem what lies behind the namespace's metadata. */
  ranges: Range[]
  /** Where the region begins and how large it is; for pmem the namespace with its metadata. */
  region: Range
  /** pmem: uuid of the dax instance and of the namespace label. */
  uuid: string
  namespaceUuid: string
  /** pmem: the DIMM's name in the firmware. cxl: the memory device's serial number. */
  serial: string
  targetNode: number | null
  numaNode: number
  alignBytes: bigint
  /** Bad 512-byte sectors at the beginning of the device. */
  badSectors: number
  health?: DeviceHealth
  /** Taken out of the new memory instead of what is there. */
  memmapOnMemory: boolean
  /** The driver it has once the host is up; undefined: what the kernel does. cxl on device_dax was put there by daxctl. */
  driverAtBoot?: DriverName | null
}

/** A pmem namespace that is no dax device. */
export interface NamespaceSpec {
  mode: 'memory' | 'raw' | 'safe'
  sizeBytes: bigint
  uuid: string
  mountPoint: string | null
}

export interface ModelSpec {
  hostname: string
  machineId: string
  dmiUuid: string
  architecture: 'x86_64' | 'aarch64'
  vendor: string
  product: string
  osName: string
  /** Decides what the kernel can, e.g. 6.1.0-37-amd64. */
  kernelRelease: string
  commandLine: string
  ramBytes: bigint
  /** Nodes with processors, which share the RAM evenly. */
  cpuNodes: number
  /** What is taken of it by programs; caches count as available. */
  usedBytes: bigint
  blockSizeBytes: bigint
  autoOnline: AutoOnline
  /** Whether the kernel moves cold pages to slower memory instead of dropping them. */
  demotion: boolean
  /** kernel.numa_balancing: 0 off, 1 on, 2 tiering. */
  numaBalancing: number
  kmem: 'loaded' | 'builtin' | 'loadable' | 'missing' | 'blacklisted'
  devices: DeviceSpec[]
  namespaces: NamespaceSpec[]
  /** ndctl and cxl are installed. */
  healthTools: boolean
  /** PID 1 is systemd, and systemd-run starts units. */
  systemd: boolean
  /** Regions are numbered anew at each boot, and so are the names of the devices. */
  renumbers: boolean
  /** Files of its own, below /etc, /usr and /var: udev rules, hooks and the like. Executable where they begin with #!. */
  files: Record<string, string>
  /** Blocks that refuse to come online: the n-th of a device (from 0), and the errno. */
  refusingBlocks: { device: number; block: number; errno: number }[]
}

const alignUp = (value: bigint, to: bigint) => ((value + to - 1n) / to) * to

/**
 * A devdax namespace with `map=dev`: before the device lie 2 MiB and a 64th for its own struct pages, aligned to
 * 2 MiB (seen: 1 GiB gives 1006 MiB, 512 MiB 502, 7 GiB 7054).
 */
export function pmemDevice(
  at: bigint,
  sizeBytes: bigint,
  known: Pick<DeviceSpec, 'uuid' | 'namespaceUuid' | 'serial' | 'targetNode'> & Partial<DeviceSpec>,
): DeviceSpec {
  const metadata = alignUp(2n * MIB + sizeBytes / 64n, 2n * MIB)
  const end = at + sizeBytes - 1n
  return {
    kind: 'pmem',
    ranges: [{ start: at + metadata, end }],
    region: { start: at, end },
    numaNode: 0,
    alignBytes: 2n * MIB,
    badSectors: 0,
    memmapOnMemory: false,
    ...known,
  }
}

/** A CXL ram region or soft-reserved memory: no metadata. */
export function volatileDevice(
  kind: 'cxl' | 'hmem',
  at: bigint,
  sizeBytes: bigint,
  known: Pick<DeviceSpec, 'serial' | 'targetNode'> & Partial<DeviceSpec>,
): DeviceSpec {
  const region = { start: at, end: at + sizeBytes - 1n }
  return {
    kind,
    ranges: [region],
    region,
    uuid: '',
    namespaceUuid: '',
    numaNode: 0,
    alignBytes: 2n * MIB,
    badSectors: 0,
    memmapOnMemory: false,
    ...known,
  }
}

/** The lab's small guest: 768 MiB, blocks of 128 MiB, one module of 1 GiB that yields 7 blocks. */
export function smallHost(changes: Partial<ModelSpec> = {}): ModelSpec {
  return {
    hostname: 'model',
    machineId: '5f1d0c9be0a64c4fb4a6a1c2b3d4e5f6',
    dmiUuid: '7e57ab1e-0000-4000-8000-00000000c0de',
    architecture: 'x86_64',
    vendor: 'Model',
    product: 'Simulated server',
    osName: 'Debian GNU/Linux 12 (bookworm)',
    kernelRelease: '6.1.0-37-amd64',
    commandLine: 'console=ttyS0',
    ramBytes: 768n * MIB,
    cpuNodes: 1,
    usedBytes: 80n * MIB,
    blockSizeBytes: 128n * MIB,
    autoOnline: 'offline',
    demotion: false,
    numaBalancing: 1,
    kmem: 'loaded',
    devices: [
      pmemDevice(4n * GIB, GIB, {
        uuid: '08b05b22-2a90-4b4d-882a-83f3f4927b74',
        namespaceUuid: '5b3c1f0e-3d5f-4a55-9a8e-7d2f3f0b9a11',
        serial: '8680-56341200',
        targetNode: 1,
      }),
    ],
    namespaces: [],
    healthTools: true,
    systemd: false,
    renumbers: false,
    files: {},
    refusingBlocks: [],
    ...changes,
  }
}
