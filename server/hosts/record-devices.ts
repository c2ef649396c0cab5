import type { DaxDevice, HealthPolicy, Inspection } from '@/agents/protocol'
import type { Prisma } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import { recordAudits } from '@/server/audit/record'
import { factsOf, healthStateOf, withKept } from '@/server/health-policy/judge'
import { holdHealthPolicy } from '@/server/health-policy/queries'
import { countBlocks } from './blocks'
import { deviceState } from './device-state'
import { bytesOf, storableJson, storableText } from './untrusted'

type Tx = Prisma.TransactionClient

/** Writes the devices of one inspection by identity; those no longer seen stay, marked gone, with nothing online. */
export async function recordDevices(
  tx: Tx,
  actor: Actor,
  hostId: string,
  inspection: Inspection,
): Promise<void> {
  const policy = await holdHealthPolicy(tx)
  const known = await tx.device.findMany({
    where: { hostId },
    select: { id: true, identity: true, state: true, daxName: true, detail: true },
  })
  const byIdentity = new Map(known.map((device) => [device.identity, device]))
  const moved: { id: string; detail: Prisma.InputJsonObject }[] = []
  const seen = new Set<string>()
  for (const device of inspection.devices) {
    const knownDevice = byIdentity.get(storableText(device.identity.id))
    const health = withKept(device.health, factsOf((knownDevice?.detail ?? {}) as { health?: [] }))
    const row = deviceRow({ ...device, health }, bytesOf(inspection.blockSizeBytes), policy)
    // An identity is one device; a host that tells it twice is not believed the second time.
    if (seen.has(row.identity)) continue
    seen.add(row.identity)
    const before = knownDevice
    const { id } = await tx.device.upsert({
      where: { hostId_identity: { hostId, identity: row.identity } },
      create: { hostId, ...row },
      update: row,
      select: { id: true },
    })
    if (before !== undefined && before.state !== row.state)
      moved.push({ id, detail: { daxName: row.daxName, from: before.state, to: row.state } })
  }
  for (const device of known) {
    if (seen.has(device.identity) || device.state === 'gone') continue
    await tx.device.update({
      where: { id: device.id },
      data: { state: 'gone', driver: null, onlineBytes: 0n, onlineBlocks: 0, totalBlocks: 0, blocks: [] },
    })
    moved.push({ id: device.id, detail: { daxName: device.daxName, from: device.state, to: 'gone' } })
  }
  await recordAudits(tx, actor, 'device.state', 'device', moved)
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
    blocks: storableJson(device.blocks),
    detail: storableJson(device),
    healthState: healthStateOf(factsOf(device), policy),
    seenAt: new Date(),
  }
}
