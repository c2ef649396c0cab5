import type { BlockRun, DaxDevice, Inspection } from '@/agents/protocol'

const MiB = 1024n * 1024n

/** A device as an agent tells of it: 1 GiB pmem namespace, 7 blocks of 128 MiB to gain, on device_dax. */
export function daxDevice(changes: Partial<DaxDevice> = {}): DaxDevice {
  return {
    name: 'dax0.0',
    identity: { id: 'pmem:0f3c', detail: [{ label: 'namespace uuid', value: '0f3c' }] },
    kind: 'pmem',
    sizeBytes: String(1006n * MiB),
    alignBytes: String(2n * MiB),
    ranges: [{ start: String(4370n * MiB), end: String(5376n * MiB - 1n) }],
    targetNode: 1,
    numaNode: 0,
    driver: 'device_dax',
    mode: 'devdax',
    blocks: [],
    movable: null,
    memmapOnMemory: null,
    deviceState: null,
    badBlocks: 0,
    health: [],
    stranded: false,
    prediction: {
      usableBytes: String(896n * MiB),
      lostBytes: String(110n * MiB),
      memmapBytes: String(14n * MiB),
      memmapFrom: 'normal',
      blockCount: 7,
      blocks: [[35, 41]],
    },
    refusals: [],
    ...changes,
  }
}

/** The same device after a conversion. */
export function convertedDevice(blocks: BlockRun[] = [onlineBlocks(35, 41)]): DaxDevice {
  return daxDevice({ driver: 'kmem', mode: 'system-ram', blocks, movable: true })
}

export function onlineBlocks(first: number, last: number): BlockRun {
  return { first, last, state: 'online', zones: 'Movable', node: 1 }
}

export function inspectionOf(machine: string, changes: Partial<Inspection> = {}): Inspection {
  return {
    host: {
      machineId: `machine-${machine}`,
      dmiUuid: `dmi-${machine}`,
      bootId: `boot-${machine}`,
      hostname: machine,
      kernelRelease: '6.12.9-amd64',
      architecture: 'x86_64',
      virtualization: 'kvm',
      osName: 'Debian GNU/Linux 12',
    },
    privileged: true,
    fence: null,
    blockSizeBytes: String(128n * MiB),
    memory: {
      totalBytes: String(2048n * MiB),
      freeBytes: String(1024n * MiB),
      availableBytes: String(1500n * MiB),
      movableBytes: '0',
    },
    autoOnline: { policy: 'offline', bootParameter: null, udevRules: [] },
    kmem: 'loadable',
    daxModel: 'bus',
    features: [],
    tiering: { tiers: [], demotionEnabled: null, numaBalancing: null },
    uptimeMs: '60000',
    nodes: [],
    devices: [daxDevice()],
    namespaces: [],
    hazards: [],
    hooks: [],
    ...changes,
  }
}
