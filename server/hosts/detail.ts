import type {
  BlockRun,
  DaxDevice,
  HealthPolicy,
  Inspection,
  NodeAccess,
  RecordedToken,
} from '@/agents/protocol'
import type { Device, Host, HostKey } from '@/prisma/generated/client'
import { factsOf, judged } from '@/server/health-policy/judge'
import type { DeviceHealthState } from '@/server/health-policy/vocabulary'
import { unservedWords } from '@/server/pools/words'
import { comesBackOf, lostFilesOf } from './comes-back'
import { contradictionsOf } from './contradictions'
import type { HostDetail } from './schemas/detail'
import type { DeviceView } from './schemas/device'
import type { HostRow } from './schemas/row'

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
  {
    installationId,
    unservedPool,
    healthPolicy,
  }: { installationId: string; unservedPool: string | null; healthPolicy: HealthPolicy },
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
    // A host that was read by an earlier agent told less of them.
    udevRules: (inspection?.autoOnline.udevRules ?? []).map(
      ({ file, line, writes = null, acts = 'maybe' }) => ({
        file,
        line,
        writes,
        acts,
      }),
    ),
    kmem: inspection?.kmem ?? null,
    inspectedAt: host.inspectedAt,
    installationId,
    foreignToken: host.foreignToken as unknown as RecordedToken | null,
    fenceDue: host.fenceDue,
    fencing: host.fenceRequestedAt !== null,
    adopting: host.adoptFrom !== null,
    unserved: unservedPool === null ? null : unservedWords(unservedPool),
    unknownJobId: host.jobs[0]?.id ?? null,
    lastSampleAt: host.watch?.lastSampleAt ?? null,
    tiering: inspection?.tiering ?? null,
    features: inspection?.features ?? [],
    nodes: (inspection?.nodes ?? []).map((node) => ({
      ...node,
      access: accessOf(node),
      memTotalBytes: BigInt(node.memTotalBytes),
      memFreeBytes: BigInt(node.memFreeBytes),
    })),
    devices: host.devices.map((device) => deviceView(device, healthPolicy, inspection)),
    namespaces: (inspection?.namespaces ?? []).map((namespace) => ({
      ...namespace,
      identity: namespace.identity.id,
      sizeBytes: BigInt(namespace.sizeBytes),
    })),
    hazards: inspection === null ? [] : [...contradictionsOf(inspection), ...inspection.hazards],
    lostFiles: lostFilesOf(inspection),
    keys: host.keys,
  }
}

/** From the nearest processors where firmware tells that, else from the nearest of any kind. */
function accessOf({ access = [] }: { access?: NodeAccess[] }) {
  return access.find(({ initiatorClass }) => initiatorClass === 1) ?? access[0] ?? null
}

function deviceView(device: Device, policy: HealthPolicy, inspection: Inspection | null): DeviceView {
  const detail = device.detail as unknown as DaxDevice
  return {
    ...device,
    comesBack: comesBackOf(inspection, detail),
    identityDetail: detail.identity.detail,
    blocks: device.blocks as unknown as BlockRun[],
    predictedBlockCount: detail.prediction.blockCount,
    ranges: detail.ranges.map((range) => ({
      startBytes: BigInt(range.start),
      endBytes: BigInt(range.end),
    })),
    refusals: detail.refusals,
    healthState: device.healthState as DeviceHealthState,
    health: judged(factsOf(detail), policy, device.seenAt),
    memmapOnMemory: detail.memmapOnMemory ?? null,
  }
}
