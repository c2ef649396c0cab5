import type { Inspection } from '@/agents/protocol'
import { Prisma } from '@/prisma/generated/client'
import { withdrawDrifted } from '@/server/approvals/withdraw'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { ContactError } from '@/server/ssh/target'
import { foreignTo } from './foreign'
import { recordContactError } from './record-contact-error'
import { recordDevices } from './record-devices'
import { recordStart } from './record-start'
import { markAfter } from './request-probe'
import { type HostStatus, lockHost, moveHost, reached } from './transitions'
import { bytesOf, storableJson, storableText } from './untrusted'
import { quarantined } from './words'

type Ctx = Pick<ServiceContext, 'db' | 'actor'>
type Tx = Prisma.TransactionClient

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
    ctx.db.$transaction((tx) => recordInTransaction(tx, ctx, hostId, inspection, read), transactionLimits)
  try {
    // Two entries of one machine probed at the same moment: the database refuses the second, which then sees the first.
    await record().catch((error: unknown) => (isIdentityTaken(error) ? record() : Promise.reject(error)))
  } catch (error) {
    if (!(error instanceof ContactError)) throw error
    await recordContactError(ctx, hostId, error, read.answers)
  }
}

async function recordInTransaction(
  tx: Tx,
  ctx: Ctx,
  hostId: string,
  inspection: Inspection,
  { fenced = false, answers = null }: HowRead,
): Promise<void> {
  const host = await lockHost(tx, hostId)
  if (host === null) return
  const machineId = storableText(inspection.host.machineId) || null
  const dmiUuid = storableText(inspection.host.dmiUuid)
  const twin =
    machineId === null
      ? null
      : await tx.host.findFirst({ where: { machineId, dmiUuid, NOT: { id: hostId } } })
  const seen = {
    ...reached(),
    probeRequestedAt: markAfter(host, answers),
    ...(fenced ? { fenceRequestedAt: null } : {}),
  }
  if (twin !== null) {
    const status = {
      state: 'quarantined' as const,
      message: `This is the same machine as ${twin.name} (machine-id ${machineId}).`,
      next: `Remove one of the two entries, or give a cloned machine a machine-id of its own.`,
    }
    await moveHost(tx, ctx.actor, host, status, seen)
    return
  }
  await recordDevices(tx, ctx.actor, hostId, inspection)
  await recordStart(tx, ctx.actor, host, inspection)
  await tx.hostKey.updateMany({ where: { hostId, status: 'trusted' }, data: { lastSeenAt: new Date() } })
  const foreign = await foreignTo(tx, host.name, inspection.fence)
  const isSettled =
    !host.fenceDue ||
    (fenced && foreign === null && (await tx.job.count({ where: { hostId, state: 'unknown' } })) === 0)
  await moveHost(tx, ctx.actor, host, foreign?.status ?? (isSettled ? ready : unsettled(host)), {
    ...seen,
    machineId,
    dmiUuid,
    fenceDue: !isSettled,
    foreignToken: foreign === null ? Prisma.DbNull : storableJson(foreign.token),
    ...columnsOf(inspection),
  })
  await withdrawDrifted(tx, ctx.actor, hostId)
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
    inspection: storableJson(inspection),
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
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'
}
