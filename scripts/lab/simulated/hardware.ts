import { endOfRam } from '@/agents/model/memory'
import {
  type DeviceSpec,
  GIB,
  MIB,
  type ModelSpec,
  pmemDevice,
  smallHost,
  volatileDevice,
} from '@/agents/model/spec'
import { bytesOf, chance, choose, uuidOf } from './chance'

/** Kernels and the distributions that ship them. */
const SYSTEMS: readonly (readonly [number, Pick<ModelSpec, 'kernelRelease' | 'osName'>])[] = [
  [35, { kernelRelease: '6.1.0-37-amd64', osName: 'Debian GNU/Linux 12 (bookworm)' }],
  [20, { kernelRelease: '6.12.41+deb13-amd64', osName: 'Debian GNU/Linux 13 (trixie)' }],
  [25, { kernelRelease: '5.14.0-503.11.1.el9_5.x86_64', osName: 'Red Hat Enterprise Linux 9.5 (Plow)' }],
  [20, { kernelRelease: '6.8.0-60-generic', osName: 'Ubuntu 24.04.2 LTS' }],
]

const VENDORS: readonly (readonly [number, Pick<ModelSpec, 'vendor' | 'product'>])[] = [
  [4, { vendor: 'Dell Inc.', product: 'PowerEdge R760' }],
  [3, { vendor: 'HPE', product: 'ProLiant DL380 Gen11' }],
  [3, { vendor: 'Supermicro', product: 'SYS-221H-TNR' }],
]

/** What a class of servers has: RAM and modules in GiB. */
interface Class {
  kind: DeviceSpec['kind']
  ramGib: readonly number[]
  moduleGib: readonly number[]
  modules: readonly number[]
}

const CLASSES: readonly (readonly [number, Class])[] = [
  [25, { kind: 'pmem', ramGib: [16, 32, 48], moduleGib: [4, 8, 16, 32], modules: [1, 2] }],
  [40, { kind: 'pmem', ramGib: [192, 384, 768], moduleGib: [252, 504, 1008], modules: [1, 2] }],
  [5, { kind: 'pmem', ramGib: [1536], moduleGib: [1536], modules: [4] }],
  [20, { kind: 'cxl', ramGib: [256, 512], moduleGib: [128, 256, 512], modules: [1, 2] }],
  [10, { kind: 'hmem', ramGib: [256, 512], moduleGib: [64, 128], modules: [1] }],
]

const oneOf = <T>(values: readonly T[], at: number): T =>
  choose(
    at,
    values.map((value) => [1, value] as const),
  )

/** What a simulated host is made of, by its number and the seed alone: 20 GiB to 7.5 TiB, of several makes and kernels. */
export function hardwareOf(seed: string, index: number, hostname: string): ModelSpec {
  const roll = (what: string) => chance(seed, index, what)
  const { kind, ramGib, moduleGib, modules } = choose(roll('class'), CLASSES)
  const ramBytes = BigInt(oneOf(ramGib, roll('ram'))) * GIB
  // Beyond 64 GiB of RAM x86-64 takes 2 GiB blocks.
  const blockSizeBytes = ramBytes > 64n * GIB ? 2n * GIB : 128n * MIB
  const cpuNodes = ramBytes > 128n * GIB ? 2 : 1
  const sizeBytes = BigInt(oneOf(moduleGib, roll('module'))) * GIB
  const devices: DeviceSpec[] = []
  let at = endOfRam({ ramBytes })
  for (let n = 0; n < oneOf(modules, roll('modules')); n++) {
    const targetNode = cpuNodes + n
    const serial = `0x${bytesOf(seed, index, 'serial', n).toString('hex').slice(0, 10)}`
    const uuid = uuidOf(seed, index, 'dax', n)
    const namespaceUuid = uuidOf(seed, index, 'namespace', n)
    devices.push(
      kind === 'pmem'
        ? pmemDevice(at, sizeBytes, { uuid, namespaceUuid, serial: `8680-${serial.slice(2)}`, targetNode })
        : // Newer kernels give this kind to kmem by themselves; most operators of one have taken it back.
          volatileDevice(kind, at, sizeBytes, {
            serial,
            targetNode,
            ...(roll(`taken ${n}`) < 0.8 && { driverAtBoot: 'device_dax' as const }),
          }),
    )
    at += sizeBytes
  }
  return smallHost({
    hostname,
    machineId: bytesOf(seed, index, 'machine').toString('hex').slice(0, 32),
    dmiUuid: uuidOf(seed, index, 'dmi'),
    ...choose(roll('vendor'), VENDORS),
    ...choose(roll('system'), SYSTEMS),
    ramBytes,
    blockSizeBytes,
    cpuNodes,
    usedBytes: (ramBytes * BigInt(10 + Math.floor(roll('used') * 30))) / 100n,
    autoOnline: choose(roll('policy'), [
      [94, 'offline'],
      [5, 'online_movable'],
      [1, 'online'],
    ]),
    demotion: roll('demotion') < 0.9,
    numaBalancing: choose(roll('balancing'), [
      [85, 2],
      [10, 1],
      [5, 0],
    ]),
    kmem: choose(roll('kmem'), [
      [80, 'loaded'],
      [18, 'loadable'],
      [2, 'missing'],
    ]),
    devices,
    systemd: true,
  })
}
