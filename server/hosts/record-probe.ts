import type { Inspection } from '@/agents/protocol'
import { Prisma } from '@/prisma/generated/client'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { ContactError } from '@/server/ssh/target'
import { recordContactError } from './record-contact-error'
import { recordDevices } from './record-devices'
import { type HostStatus, lockHost, moveHost } from './transitions'
import { bytesOf, storableJson, storableText } from './untrusted'

type Ctx = Pick<ServiceContext, 'db' | 'actor'>
type Tx = Prisma.TransactionClient

/**
 * Writes down what a probe read: host, devices, states, in one transaction with audit and event. The same machine under
 * another name is told in this host's state and nothing of it is merged. A host removed meanwhile is no error.
 */
export async function recordInspection(ctx: Ctx, hostId: string, inspection: Inspection): Promise<void> {
  const record = () =>
    ctx.db.$transaction((tx) => recordInTransaction(tx, ctx, hostId, inspection), transactionLimits)
  try {
    // Two entries of one machine probed at the same moment: the database refuses the second, which then sees the first.
    await record().catch((error: unknown) => (isIdentityTaken(error) ? record() : Promise.reject(error)))
  } catch (error) {
    if (!(error instanceof ContactError)) throw error
    await recordContactError(ctx, hostId, error)
  }
}

async function recordInTransaction(tx: Tx, ctx: Ctx, hostId: string, inspection: Inspection): Promise<void> {
  const host = await lockHost(tx, hostId)
  if (host === null) return
  const machineId = storableText(inspection.host.machineId) || null
  const dmiUuid = storableText(inspection.host.dmiUuid)
  const twin =
    machineId === null
      ? null
      : await tx.host.findFirst({ where: { machineId, dmiUuid, NOT: { id: hostId } } })
  const seen = { lastSeenAt: new Date(), probeRequestedAt: null }
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
  await tx.hostKey.updateMany({ where: { hostId, status: 'trusted' }, data: { lastSeenAt: new Date() } })
  // What a job did to the host is told by its journal, not by how the host looks: quarantine outlasts this probe.
  const isUnsettled =
    host.state === 'quarantined' && (await tx.job.count({ where: { hostId, state: 'unknown' } })) > 0
  const status: HostStatus = isUnsettled
    ? { state: 'quarantined', message: host.stateMessage, next: host.stateNext }
    : { state: 'ready', message: '', next: '' }
  await moveHost(tx, ctx.actor, host, status, { ...seen, machineId, dmiUuid, ...columnsOf(inspection) })
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
    autoOnlinePolicy: storableText(inspection.autoOnline.policy),
    inspection: storableJson(inspection),
    inspectedAt: new Date(),
  }
}

function isIdentityTaken(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'
}
