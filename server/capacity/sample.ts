import type { CapacityReading } from './reading'
import { deviceKey, hostKey, nodeKey } from './series-keys'
import { ByteReader, ByteWriter } from './varint'
import type { Tier } from './vocabulary'

/** A reading as it is stored: KiB by the key of the series. A key that is not there is 0. */
export interface Sample {
  atMs: number
  values: ReadonlyMap<number, number>
}

/** Devices of a host that readings ever told of; samples name them by their place, which never changes. */
export type DeviceList = { identity: string; tier: Tier }[]

/** More different identities than this no host has; one that tells of more is not remembered by device, only by tier. */
const MOST_DEVICES = 1000
/** As the kernel's largest MAX_NUMNODES. */
const MOST_NODES = 1024
/** 2 EiB: twice the difference of two such is still a whole number to JavaScript. */
const MOST_KIB = 2 ** 51

/**
 * The sample of a reading, or null for one that cannot be: parts larger than the whole, sizes below nothing. Devices
 * that are new are added to `devices`.
 */
export function toSample(reading: CapacityReading, devices: DeviceList): Sample | null {
  const values = new Map<number, number>()
  const total = kib(reading.totalBytes)
  const put = (key: number, bytes: bigint) => {
    if (bytes !== 0n) values.set(key, kib(bytes))
  }
  values.set(hostKey('total'), total)
  values.set(hostKey('free'), kib(reading.freeBytes))
  values.set(hostKey('available'), kib(reading.availableBytes))
  for (const tier of ['pmem', 'cxl', 'hbm'] as const) put(hostKey(tier), reading.tiers[tier])
  put(hostKey('convertible'), reading.convertibleBytes)
  put(hostKey('lost'), reading.lostBytes)
  for (const node of reading.nodes) {
    if (!Number.isInteger(node.id) || node.id < 0 || node.id >= MOST_NODES) return null
    values.set(nodeKey(node.id, 'total'), kib(node.totalBytes))
    values.set(nodeKey(node.id, 'free'), kib(node.freeBytes))
  }
  for (const device of reading.devices) {
    const number = numberOf(device, devices)
    if (number === null) continue
    values.set(deviceKey(number, 'movable'), kib(device.movableBytes))
    put(deviceKey(number, 'other'), device.otherZoneBytes)
  }
  for (const value of values.values()) if (!(value >= 0 && value <= MOST_KIB)) return null
  if (tierKib(values, 'dram') < 0) return null
  return { atMs: reading.at.getTime(), values }
}

/** KiB of a tier in a sample; DRAM is what the others leave of the total. */
export function tierKib(values: Sample['values'], tier: Tier): number {
  if (tier !== 'dram') return values.get(hostKey(tier)) ?? 0
  const others = (['pmem', 'cxl', 'hbm'] as const).map((each) => values.get(hostKey(each)) ?? 0)
  return (values.get(hostKey('total')) ?? 0) - others.reduce((sum, each) => sum + each, 0)
}

/** As bytes, without the time. Equal samples are equal bytes. */
export function packSample({ values }: Sample): Buffer {
  const writer = new ByteWriter()
  let before = -1
  for (const [key, value] of [...values].sort(([a], [b]) => a - b)) {
    writer.varint(key - before - 1)
    writer.varint(value)
    before = key
  }
  return writer.bytes()
}

export function unpackSample(atMs: number, packed: Uint8Array): Sample {
  const reader = new ByteReader(packed)
  const values = new Map<number, number>()
  for (let key = -1; !reader.ended; ) {
    key += reader.varint() + 1
    values.set(key, reader.varint())
  }
  return { atMs, values }
}

const kib = (bytes: bigint): number => Number(bytes >> 10n)

function numberOf(device: { identity: string; tier: Tier }, devices: DeviceList): number | null {
  const known = devices.findIndex(({ identity }) => identity === device.identity)
  if (known >= 0) return known
  if (devices.length >= MOST_DEVICES) return null
  return devices.push({ identity: device.identity, tier: device.tier }) - 1
}
