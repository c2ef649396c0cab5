import type { z } from 'zod'
import type { Prisma } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import { type Outbox, telling } from '@/server/events/outbox'
import { floorBytesOf, floorOf } from '@/server/floors/floor'
import { readFloors } from '@/server/floors/queries'
import { healthPolicySchema } from '@/server/health-policy/schema'
import { storableJson } from '@/server/hosts/untrusted'
import type { DeviceStateName, HostStateName } from '@/server/hosts/vocabulary'
import { notFound } from '@/server/lib/domain-error'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import type { requestPlanInput, requestPlanOutput } from './schema'
import { takesAway } from './vocabulary'

/**
 * Asks the host's agent what a conversion of the device, or giving it back, would take. Whatever stands against it in the device itself
 * is the agent's to say; refused here is only what makes asking pointless.
 */
export function requestPlan(
  ctx: Pick<ServiceContext, 'db' | 'actor'>,
  input: z.input<typeof requestPlanInput>,
): Promise<z.infer<typeof requestPlanOutput>> {
  return ctx.db.$transaction(
    (tx) => telling(tx, ctx.actor, (outbox) => requestPlanWithin(tx, ctx.actor, input, outbox)),
    transactionLimits,
  )
}

interface DeviceRead {
  state: DeviceStateName
  daxName: string
  hostId: string
  hostName: string
  hostState: HostStateName
  hostMessage: string
  hostNext: string
  floorBytes: bigint | null
  floorPercent: number | null
  memTotalBytes: bigint | null
  policy: unknown
}
const readDevice = `
  SELECT d.state::text, d."daxName", h.id AS "hostId", h.name AS "hostName", h.state::text AS "hostState",
    h."stateMessage" AS "hostMessage", h."stateNext" AS "hostNext", h."floorBytes", h."floorPercent",
    h."memTotalBytes", (SELECT rules FROM "HealthPolicy") AS policy
  FROM "Device" d JOIN "Host" h ON h.id = d."hostId" WHERE d.id = $1::uuid`

/** As requestPlan, in the caller's transaction; what is to be told of it is left in `outbox`. */
export async function requestPlanWithin(
  tx: Prisma.TransactionClient,
  actor: Actor,
  { deviceId, kind = 'convert', zone, onPartial = 'roll_back', ...share }: z.input<typeof requestPlanInput>,
  outbox: Outbox,
): Promise<z.infer<typeof requestPlanOutput>> {
  const [device] = await tx.$queryRawUnsafe<DeviceRead[]>(readDevice, deviceId)
  if (device === undefined) throw notFound('device')
  // What is not there any more can be struck off all the same.
  if (device.state === 'gone' && kind !== 'unpersist') {
    return {
      type: 'refused',
      message: `${device.daxName} was not there when ${device.hostName} was last looked at.`,
      next: 'Probe the host.',
    }
  }
  if (device.hostState !== 'ready') {
    return {
      type: 'refused',
      message: `${device.hostName} cannot be asked now. ${device.hostMessage}`.trim(),
      next: device.hostNext || 'Probe the host first.',
    }
  }
  const terms = takesAway(kind)
    ? { kind, onPartial, floorBytes: await hostFloorBytes(tx, device) }
    : { kind, zone: zone ?? null }
  const policy =
    kind === 'convert' || kind === 'online'
      ? { healthPolicy: storableJson(healthPolicySchema.parse(device.policy)) }
      : {}
  const { shareBytes = null, blocks } = share
  const shareTerms = { shareBytes, ...(blocks === undefined ? {} : { shareBlocks: blocks }) }
  const plan = await tx.plan.create({
    data: { hostId: device.hostId, deviceId, ...terms, ...policy, ...shareTerms, requestedBy: actor.id },
    select: { id: true },
  })
  const detail = {
    ...(kind === 'convert' ? {} : { kind }),
    ...(takesAway(kind) ? { onPartial } : { zone: zone ?? null }),
    ...(shareBytes === null ? {} : { shareBytes: String(shareBytes) }),
    ...(blocks === undefined ? {} : { blocks }),
  }
  outbox.audit({
    ...{ action: 'plan.requested', subjectKind: 'plan', subjectId: plan.id },
    detail: { deviceId, ...detail },
  })
  outbox.event('plan', plan.id)
  outbox.wake('plan-device', { planId: plan.id }, `plan-device:${plan.id}`)
  return { type: 'requested', planId: plan.id }
}

/** The floor that holds for the host at this moment, of its MemTotal as last read. */
async function hostFloorBytes(
  tx: Prisma.TransactionClient,
  host: Pick<DeviceRead, 'floorBytes' | 'floorPercent' | 'memTotalBytes'>,
): Promise<bigint> {
  const floor = floorOf(host.floorBytes, host.floorPercent) ?? (await readFloors(tx)).host
  return floorBytesOf(floor, host.memTotalBytes ?? 0n)
}
