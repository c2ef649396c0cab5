import type { DaxDevice, HealthPolicy, Inspection } from '@/agents/protocol'
import type { Deed } from '@/server/audit/record'
import { factsOf, healthStateOf, type StoredFact, withKept } from '@/server/health-policy/judge'
import { countBlocks } from './blocks'
import { deviceState } from './device-state'
import { bytesOf, storableJsonText, storableText } from './untrusted'
import type { DeviceStateName } from './vocabulary'

/** A device of this host as it stands in the database. */
export interface KnownDevice {
  id: string
  identity: string
  state: DeviceStateName
  daxName: string
  /** As it was stored; null of a device that was read before there was any. */
  health: Partial<StoredFact>[] | null
}

/** A device as it is written; `blocks` and `detail` as JSON's own text. */
export type DeviceRow = ReturnType<typeof deviceRow>

/** What one inspection makes of a host's devices: those no longer seen stay, marked gone, with nothing online. */
export interface DevicesRead {
  devices: DeviceRow[]
  /** Ids. */
  gone: string[]
  /** Of those that were known and are in another state now. */
  deeds: Deed[]
}

export function devicesOf(
  known: readonly KnownDevice[],
  { devices, blockSizeBytes }: Inspection,
  policy: HealthPolicy,
): DevicesRead {
  const byIdentity = new Map(known.map((device) => [device.identity, device]))
  const rows = new Map<string, DeviceRow>()
  const deeds: Deed[] = []
  const moved = ({ id, state: from }: KnownDevice, daxName: string, to: DeviceStateName) =>
    deeds.push({
      ...{ action: 'device.state', subjectKind: 'device', subjectId: id },
      detail: { daxName, from, to },
    })
  for (const device of devices) {
    const before = byIdentity.get(storableText(device.identity.id))
    const health = withKept(device.health, factsOf({ health: before?.health ?? [] }))
    const row = deviceRow({ ...device, health }, bytesOf(blockSizeBytes), policy)
    // An identity is one device; a host that tells it twice is not believed the second time.
    if (rows.has(row.identity)) continue
    rows.set(row.identity, row)
    if (before !== undefined && before.state !== row.state) moved(before, row.daxName, row.state)
  }
  const gone = known.filter(({ identity, state }) => !rows.has(identity) && state !== 'gone')
  for (const device of gone) moved(device, device.daxName, 'gone')
  return { devices: [...rows.values()], gone: gone.map(({ id }) => id), deeds }
}

/** Bytes online are blocks read online × block size: derived here, whatever sums a host may tell. */
function deviceRow(device: DaxDevice, blockSizeBytes: bigint, policy: HealthPolicy) {
  const count = countBlocks(device.blocks)
  // Bounds the count too: a host cannot have more blocks than its bytes can be counted.
  bytesOf(BigInt(count.total) * blockSizeBytes)
  return {
    identity: storableText(device.identity.id),
    daxName: storableText(device.name),
    kind: device.kind,
    driver: device.driver === null ? null : storableText(device.driver),
    mode: device.mode,
    state: deviceState(device),
    sizeBytes: bytesOf(device.sizeBytes),
    alignBytes: device.alignBytes === null ? null : bytesOf(device.alignBytes),
    targetNode: device.targetNode,
    onlineBytes: BigInt(count.online) * blockSizeBytes,
    onlineBlocks: count.online,
    totalBlocks: count.total,
    movable: count.movable,
    usableBytes: bytesOf(device.prediction.usableBytes),
    lostBytes: bytesOf(device.prediction.lostBytes),
    memmapBytes: bytesOf(device.prediction.memmapBytes),
    blocks: storableJsonText(device.blocks),
    detail: storableJsonText(device),
    healthState: healthStateOf(factsOf(device), policy),
    seenAt: new Date(),
  }
}
