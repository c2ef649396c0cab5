import type { Tier } from './vocabulary'

/** What one host's memory was at one moment, as derived from what the host told then. All sizes in bytes. */
export interface CapacityReading {
  hostId: string
  /** When it arrived, on this server's clock: hosts' clocks are never compared. */
  at: Date
  bootId: string
  /** MemTotal, MemFree and MemAvailable of /proc/meminfo. */
  totalBytes: bigint
  freeBytes: bigint
  availableBytes: bigint
  /** They add up to totalBytes: DRAM is what no device brought. */
  tiers: Record<Tier, bigint>
  /** MemTotal and MemFree of each /sys/devices/system/node/nodeN/meminfo. */
  nodes: { id: number; totalBytes: bigint; freeBytes: bigint }[]
  /** Online blocks of each dax device, by the zone they are in. Keyed on stable identity, never on the name. */
  devices: { identity: string; tier: Tier; movableBytes: bigint; otherZoneBytes: bigint }[]
  /** What devices on device_dax would yield, and what no conversion can. */
  convertibleBytes: bigint
  lostBytes: bigint
}
