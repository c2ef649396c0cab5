import type { CapacityReading } from '@/server/capacity/reading'
import { type Sample, tierKib } from '@/server/capacity/sample'
import { hostKey, nodeKey } from '@/server/capacity/series-keys'
import { TIERS } from '@/server/capacity/vocabulary'
import type { FilledHost } from './fill-hosts'

/** A sample as a worker would hand it over. */
export function asReading(
  { hostId, identity, model }: FilledHost,
  { atMs, values }: Sample,
): CapacityReading {
  const bytes = (kib: number | undefined) => BigInt(kib ?? 0) * 1024n
  const tiers = Object.fromEntries(
    TIERS.map((tier) => [tier, bytes(tierKib(values, tier))]),
  ) as CapacityReading['tiers']
  return {
    hostId,
    at: new Date(atMs),
    bootId: 'bench',
    totalBytes: bytes(values.get(hostKey('total'))),
    freeBytes: bytes(values.get(hostKey('free'))),
    availableBytes: bytes(values.get(hostKey('available'))),
    tiers,
    nodes: [0, 1].map((id) => ({
      id,
      totalBytes: bytes(values.get(nodeKey(id, 'total'))),
      freeBytes: bytes(values.get(nodeKey(id, 'free'))),
    })),
    devices: [{ identity, tier: model.tier, movableBytes: tiers[model.tier], otherZoneBytes: 0n }],
    convertibleBytes: bytes(values.get(hostKey('convertible'))),
    lostBytes: bytes(values.get(hostKey('lost'))),
  }
}
