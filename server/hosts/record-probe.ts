import pg from 'pg'
import type { Inspection } from '@/agents/protocol'
import { withdrawDrifted } from '@/server/approvals/withdraw'
import type { Actor } from '@/server/audit/actor'
import { type Deed, recordDeeds } from '@/server/audit/record'
import { inTransaction } from '@/server/lib/pg'
import type { ServiceContext } from '@/server/lib/service-context'
import { ContactError } from '@/server/ssh/target'
import { foreignTo } from './foreign'
import { holdRead, readBefore } from './read-before'
import { recordContactError } from './record-contact-error'
import { type DevicesRead, devicesOf } from './record-devices'
import { startDeeds, toldStart } from './record-start'
import { markAfter } from './request-probe'
import { type HostStatus, reached, stateDeeds } from './transitions'
import { bytesOf, storableJsonText, storableText } from './untrusted'
import { quarantined } from './words'
import { type HostColumns, writeReading } from './write-reading'

type Ctx = Pick<ServiceContext, 'db' | 'pg' | 'actor'>

export interface HowRead {
  /** Read after our token was recorded under the host's lock, so that nothing older can act there any more. */
  fenced?: boolean
  /** The host's mark for a probe as it was when this look began: a mark set since then stands. */
  answers?: Date | null
}

/**
 * Writes down what a probe read: host, devices, states, in one transaction with audit and event. The same machine under
 * another name is told in this host's state and nothing of it is merged. A host removed meanwhile is no error. Only a
 * fenced reading, with no job left unknown, ends a quarantine.
 */
export async function recordInspection(
  ctx: Ctx,
  hostId: string,
  inspection: Inspection,
  read: HowRead = {},
): Promise<void> {
  const record = () =>
    inTransaction(ctx.pg, (tx) => recordInTransaction(tx, ctx.actor, hostId, inspection, read))
  try {
    // Two entries of one machine probed at the same moment: the database refuses the second, which then sees the first.
    await record().catch((error: unknown) => (isIdentityTaken(error) ? record() : Promise.reject(error)))
  } catch (error) {
    if (!(error instanceof ContactError)) throw error
    await recordContactError(ctx, hostId, error, read.answers)
  }
}

async function recordInTransaction(
  tx: pg.PoolClient,
  actor: Actor,
  hostId: string,
  inspection: Inspection,
  { fenced = false, answers = null }: HowRead,
): Promise<void> {
  const host = await holdRead(tx, hostId)
  if (host === null) return
  const machineId = storableText(inspection.host.machineId) || null
  const dmiUuid = storableText(inspection.host.dmiUuid)
  const boot = toldStart(inspection)
  const before = await readBefore(tx, hostId, { machineId, dmiUuid, boot })
  const seen = {
    ...reached(),
    probeRequestedAt: markAfter(host, answers),
    ...(fenced ? { fenceRequestedAt: null } : {}),
  }
  const move = async (to: HostStatus, read: DevicesRead, columns: HostColumns, deeds: Deed[]) => {
    await writeReading(tx, hostId, to, read, { ...seen, ...columns })
    await recordDeeds(tx, actor, [...read.deeds, ...deeds, ...stateDeeds(host, to)])
  }
  if (before.twin !== null) {
    const status = {
      state: 'quarantined' as const,
      message: `This is the same machine as ${before.twin} (machine-id ${machineId}).`,
      next: `Remove one of the two entries, or give a cloned machine a machine-id of its own.`,
    }
    return move(status, { devices: [], gone: [], deeds: [] }, {}, [])
  }
  const devices = devicesOf(before.devices, inspection, before.policy)
  const foreign = foreignTo(before.issuer, host.name, inspection.fence)
  const isSettled = !host.fenceDue || (fenced && foreign === null && !before.hasUnknownJob)
  const columns = {
    machineId,
    dmiUuid,
    fenceDue: !isSettled,
    foreignToken: foreign === null ? null : storableJsonText(foreign.token),
    ...columnsOf(inspection),
  }
  const started = boot === null || before.startIsKnown ? [] : startDeeds(host, inspection)
  await move(foreign?.status ?? (isSettled ? ready : unsettled(host)), devices, columns, started)
  if (before.approvalsWait) await withdrawDrifted(tx, actor, hostId)
}

const ready: HostStatus = { state: 'ready', message: '', next: '' }

/** What a job did to the host is told by its journal, not by how the host looks: quarantine outlasts this probe. */
function unsettled(host: { state: string; stateMessage: string; stateNext: string }): HostStatus {
  return host.state === 'quarantined'
    ? { state: 'quarantined', message: host.stateMessage, next: host.stateNext }
    : { state: 'quarantined', message: quarantined.message, next: quarantined.next }
}

/** What lists and filters need of an inspection; the pages read the rest from the document itself. */
function columnsOf(inspection: Inspection) {
  const { host, memory } = inspection
  return {
    bootId: storableText(host.bootId),
    kernelRelease: storableText(host.kernelRelease),
    architecture: storableText(host.architecture),
    osName: storableText(host.osName),
    virtualization: storableText(host.virtualization),
    blockSizeBytes: bytesOf(inspection.blockSizeBytes) || null,
    memTotalBytes: bytesOf(memory.totalBytes),
    memFreeBytes: bytesOf(memory.freeBytes),
    memAvailableBytes: bytesOf(memory.availableBytes),
    autoOnlinePolicy: storableText(inspection.autoOnline.policy),
    demotionEnabled: inspection.tiering.demotionEnabled,
    numaBalancing: inspection.tiering.numaBalancing,
    memoryTiers: inspection.tiering.tiers.length || null,
    ...accessFigures(inspection),
    farthestDistance: Math.max(0, ...inspection.nodes.flatMap(({ distances }) => distances)) || null,
    inspection: storableJsonText(inspection),
    inspectedAt: new Date(),
  }
}

/** The least bandwidth and the longest latency that firmware tells of any node; null where it tells none. */
function accessFigures({ nodes }: Inspection) {
  const access = nodes.flatMap((node) => node.access)
  const mibs = access.flatMap(({ readBandwidthMibs }) => readBandwidthMibs ?? [])
  const ns = access.flatMap(({ readLatencyNs }) => readLatencyNs ?? [])
  return {
    slowestReadMibs: mibs.length === 0 ? null : Math.min(...mibs),
    longestReadNs: ns.length === 0 ? null : Math.max(...ns),
  }
}

function isIdentityTaken(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505'
}
