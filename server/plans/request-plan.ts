import type { z } from 'zod'
import type { Host, Prisma } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import { recordAudit } from '@/server/audit/record'
import { recordEvent } from '@/server/events/record'
import { floorBytesOf, floorOf } from '@/server/floors/floor'
import { readFloors } from '@/server/floors/queries'
import { notFound } from '@/server/lib/domain-error'
import { enqueue } from '@/server/lib/queue'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import type { requestPlanInput, requestPlanOutput } from './schema'

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
  { deviceId, kind = 'convert', zone, onPartial = 'roll_back' }: z.input<typeof requestPlanInput>,
): Promise<z.infer<typeof requestPlanOutput>> {
  const device = await tx.device.findUnique({ where: { id: deviceId }, include: { host: true } })
  if (device === null) throw notFound('device')
  const { host } = device
  if (device.state === 'gone') {
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
  const terms =
    kind === 'convert'
      ? { kind, zone: zone ?? null }
      : { kind, onPartial, floorBytes: await hostFloorBytes(tx, host) }
  const plan = await tx.plan.create({ data: { hostId: host.id, deviceId, ...terms, requestedBy: actor.id } })
  const detail = kind === 'convert' ? { zone: zone ?? null } : { kind, onPartial }
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
