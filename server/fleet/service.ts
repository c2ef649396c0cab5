import type { z } from 'zod'
import { recordAudit } from '@/server/audit/record'
import { recordEvent } from '@/server/events/record'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import type { fleetStopReasonInput, fleetStopSchema } from './schema'

type FleetStopView = z.infer<typeof fleetStopSchema>

/** The fleet-wide stop as it stands. The row is there from the first migration on. */
export async function fleetStop(ctx: {
  db: Pick<ServiceContext['db'], 'fleetStop'>
}): Promise<FleetStopView> {
  // Not findUnique: Prisma gathers those of one instant into an IN over the key, which a boolean has not.
  return ctx.db.fleetStop.findFirstOrThrow({ omit: { singleton: true } })
}

/** Pulls or releases the stop. Workers read it in the statement before every `go`: nothing starts once this commits. */
export async function setFleetStop(
  ctx: Pick<ServiceContext, 'db' | 'actor'>,
  input: { pulled: boolean } & z.infer<typeof fleetStopReasonInput>,
): Promise<FleetStopView> {
  return ctx.db.$transaction(async (tx) => {
    const before = await fleetStop({ db: tx })
    // A second press changes nothing, and says so in no audit.
    if (before.pulled === input.pulled) return before
    const stop = await tx.fleetStop.update({
      where: { singleton: true },
      data: { ...input, changedBy: ctx.actor.id, changedAt: new Date() },
      omit: { singleton: true },
    })
    const action = input.pulled ? 'fleet.stop_pulled' : 'fleet.stop_released'
    await recordAudit(tx, ctx.actor, action, 'fleet', 'stop', { reason: input.reason })
    await recordEvent(tx, 'fleet', 'stop')
    return stop
  }, transactionLimits)
}
