import type { PlanResult } from '@/agents/protocol'
import type { Prisma } from '@/prisma/generated/client'
import { storableJson } from '@/server/hosts/untrusted'
import { factsOf, healthStateOf, withPlanned } from './judge'
import { holdHealthPolicy } from './queries'

/** A plan asks for more of a device's health than a look does: what it read is kept with the device, with its time. */
export async function keepPlannedHealth(tx: Prisma.TransactionClient, planId: string): Promise<void> {
  const plan = await tx.plan.findUnique({ where: { id: planId }, include: { device: true } })
  // Written by recordPlan alone, from an answer the agent's client has parsed.
  const planned = (plan?.result as unknown as PlanResult | null)?.health
  if (plan === null || planned === undefined) return
  const detail = plan.device.detail as { health?: [] }
  const health = withPlanned(factsOf(detail), planned, new Date())
  await tx.device.update({
    where: { id: plan.deviceId },
    data: {
      detail: storableJson({ ...detail, health }),
      healthState: healthStateOf(health, await holdHealthPolicy(tx)),
    },
  })
}
