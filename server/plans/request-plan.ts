import type { z } from 'zod'
import type { Host, Prisma } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import { recordAudit } from '@/server/audit/record'
import { recordEvent } from '@/server/events/record'
import { floorBytesOf, floorOf } from '@/server/floors/floor'
import { readFloors } from '@/server/floors/queries'
import { readHealthPolicy } from '@/server/health-policy/queries'
import { storableJson } from '@/server/hosts/untrusted'
import { notFound } from '@/server/lib/domain-error'
import { enqueue } from '@/server/lib/queue'
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
  return ctx.db.$transaction((tx) => requestPlanWithin(tx, ctx.actor, input), transactionLimits)
}

/** As requestPlan, in the caller's transaction. */
export async function requestPlanWithin(
  tx: Prisma.TransactionClient,
  actor: Actor,
  { deviceId, kind = 'convert', zone, onPartial = 'roll_back', ...share }: z.input<typeof requestPlanInput>,
): Promise<z.infer<typeof requestPlanOutput>> {
  const device = await tx.device.findUnique({ where: { id: deviceId }, include: { host: true } })
  if (device === null) throw notFound('device')
  const { host } = device
  // What is not there any more can be struck off all the same.
  if (device.state === 'gone' && kind !== 'unpersist') {
    return {
      type: 'refused',
      message: `${device.daxName} was not there when ${host.name} was last looked at.`,
      next: 'Probe the host.',
    }
  }
  if (host.state !== 'ready') {
    return {
      type: 'refused',
      message: `${host.name} cannot be asked now. ${host.stateMessage}`.trim(),
      next: host.stateNext || 'Probe the host first.',
    }
  }
  const terms = takesAway(kind)
    ? { kind, onPartial, floorBytes: await hostFloorBytes(tx, host) }
    : { kind, zone: zone ?? null }
  const policy =
    kind === 'convert' || kind === 'online'
      ? { healthPolicy: storableJson((await readHealthPolicy(tx)).rules) }
      : {}
  const { shareBytes = null, blocks } = share
  const shareTerms = { shareBytes, ...(blocks === undefined ? {} : { shareBlocks: blocks }) }
  const plan = await tx.plan.create({
    data: { hostId: host.id, deviceId, ...terms, ...policy, ...shareTerms, requestedBy: actor.id },
  })
  const detail = {
    ...(kind === 'convert' ? {} : { kind }),
    ...(takesAway(kind) ? { onPartial } : { zone: zone ?? null }),
    ...(shareBytes === null ? {} : { shareBytes: String(shareBytes) }),
    ...(blocks === undefined ? {} : { blocks }),
  }
  await recordAudit(tx, actor, 'plan.requested', 'plan', plan.id, { deviceId, ...detail })
  await recordEvent(tx, 'plan', plan.id)
  await enqueue(tx, 'plan-device', { planId: plan.id }, { jobKey: `plan-device:${plan.id}` })
  return { type: 'requested', planId: plan.id }
}

/** The floor that holds for the host at this moment, of its MemTotal as last read. */
async function hostFloorBytes(tx: Prisma.TransactionClient, host: Host): Promise<bigint> {
  const floor = floorOf(host.floorBytes, host.floorPercent) ?? (await readFloors(tx)).host
  return floorBytesOf(floor, host.memTotalBytes ?? 0n)
}
