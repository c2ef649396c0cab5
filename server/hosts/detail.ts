import type { BlockRun, DaxDevice, Inspection, RecordedToken } from '@/agents/protocol'
import type { Device, Host, HostKey } from '@/prisma/generated/client'
import type { DeviceView, HostDetail, HostRow } from './schema'

/** A host's row with what its page shows beside it. */
export function hostDetail(
  row: HostRow,
  host: Host & {
    credential: { name: string } | null
    jumpHost: { name: string } | null
    keys: HostKey[]
    devices: Device[]
    watch: { lastSampleAt: Date | null } | null
    jobs: { id: string }[]
  },
  installationId: string,
): HostDetail {
  // Validated when it came from the host, before it was stored.
  const inspection = host.inspection as unknown as Inspection | null
  return {
    ...row,
    credentialId: host.credentialId,
    credentialName: host.credential?.name ?? null,
    jumpHostName: host.jumpHost?.name ?? null,
    machineId: host.machineId,
    dmiUuid: host.dmiUuid,
    bootId: host.bootId,
    architecture: host.architecture,
    osName: host.osName,
    virtualization: host.virtualization,
    blockSizeBytes: host.blockSizeBytes,
    memFreeBytes: host.memFreeBytes,
    memAvailableBytes: inspection === null ? null : BigInt(inspection.memory.availableBytes),
    movableBytes: inspection === null ? null : BigInt(inspection.memory.movableBytes),
    autoOnlinePolicy: host.autoOnlinePolicy,
    bootParameter: inspection?.autoOnline.bootParameter ?? null,
    udevRules: inspection?.autoOnline.udevRules ?? [],
    kmem: inspection?.kmem ?? null,
    inspectedAt: host.inspectedAt,
    installationId,
    foreignToken: host.foreignToken as unknown as RecordedToken | null,
    fenceDue: host.fenceDue,
    fencing: host.fenceRequestedAt !== null,
    adopting: host.adoptFrom !== null,
    unknownJobId: host.jobs[0]?.id ?? null,
    lastSampleAt: host.watch?.lastSampleAt ?? null,
    nodes: (inspection?.nodes ?? []).map((node) => ({
      ...node,
      memTotalBytes: BigInt(node.memTotalBytes),
      memFreeBytes: BigInt(node.memFreeBytes),
    })),
    devices: host.devices.map(deviceView),
    namespaces: (inspection?.namespaces ?? []).map((namespace) => ({
      ...namespace,
      identity: namespace.identity.id,
      sizeBytes: BigInt(namespace.sizeBytes),
    })),
    hazards: inspection?.hazards ?? [],
    keys: host.keys,
  }
}

function deviceView(device: Device): DeviceView {
  const detail = device.detail as unknown as DaxDevice
  return {
    ...device,
    identityDetail: detail.identity.detail,
    blocks: device.blocks as unknown as BlockRun[],
    predictedBlockCount: detail.prediction.blockCount,
    ranges: detail.ranges.map((range) => ({
      startBytes: BigInt(range.start),
      endBytes: BigInt(range.end),
    })),
    refusals: detail.refusals,
  }
}
