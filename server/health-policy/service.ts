import type { z } from 'zod'
import { type HealthPolicy, type HealthRule, RULED_FACTS } from '@/agents/protocol'
import type { Prisma } from '@/prisma/generated/client'
import { recordAudit } from '@/server/audit/record'
import { recordEvent } from '@/server/events/record'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { factsOf, healthStateOf } from './judge'
import { readHealthPolicy } from './queries'
import type { HealthPolicyView, setHealthPolicyInput } from './schema'

type Ctx = Pick<ServiceContext, 'db' | 'actor'>

/** Devices that are judged anew at a time: a fleet's at once would be held in memory whole. */
const BATCH = 2_000

/** The policy as it stands, and how many devices it speaks against. */
export async function getHealthPolicy({ db }: Pick<Ctx, 'db'>): Promise<HealthPolicyView> {
  const [policy, counts] = await Promise.all([
    readHealthPolicy(db),
    db.device.groupBy({ by: ['healthState'], where: { state: { not: 'gone' } }, _count: true }),
  ])
  const devices = { unknown: 0, ok: 0, warn: 0, block: 0 }
  for (const { healthState, _count } of counts) devices[healthState as keyof typeof devices] = _count
  return { ...policy, devices }
}

/**
 * Sets the policy of the fleet, and judges by it every device as it was last read. Plans that were made before keep the
 * policy they were made with.
 */
export async function setHealthPolicy(
  ctx: Ctx,
  { rules }: z.infer<typeof setHealthPolicyInput>,
): Promise<HealthPolicyView> {
  await ctx.db.$transaction(async (tx) => {
    // Two changes at one moment: the second is held until the first is told.
    await tx.$queryRaw`SELECT 1 AS locked FROM "HealthPolicy" FOR UPDATE`
    const before = (await readHealthPolicy(tx)).rules
    const changes = RULED_FACTS.flatMap((fact): [string, string][] => {
      const [then, now] = [ruleText(before[fact]), ruleText(rules[fact])]
      return then === now ? [] : [[fact, `${then} → ${now}`]]
    })
    if (changes.length === 0) return
    await tx.healthPolicy.update({
      where: { singleton: true },
      data: { rules, changedBy: ctx.actor.id, changedAt: new Date() },
    })
    await judgeAll(tx, rules)
    await recordAudit(
      tx,
      ctx.actor,
      'fleet.health_policy_changed',
      'fleet',
      'health',
      Object.fromEntries(changes),
    )
    await recordEvent(tx, 'fleet', 'health')
  }, transactionLimits)
  return getHealthPolicy(ctx)
}

/** Judges every device by these rules; writes those alone that change. */
async function judgeAll(tx: Prisma.TransactionClient, rules: HealthPolicy): Promise<void> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const devices = await tx.$queryRaw<{ id: string; healthState: string; health: [] | null }[]>`
      SELECT id::text, "healthState", detail->'health' AS health FROM "Device"
      WHERE id > ${after}::uuid ORDER BY id LIMIT ${BATCH}`
    const moved = devices.flatMap(({ id, healthState, health }) => {
      const now = healthStateOf(factsOf({ health: health ?? [] }), rules)
      return now === healthState ? [] : [{ id, now }]
    })
    if (moved.length > 0) {
      await tx.$executeRaw`
        UPDATE "Device" d SET "healthState" = m.now
        FROM unnest(${moved.map(({ id }) => id)}::uuid[], ${moved.map(({ now }) => now)}::text[]) AS m(id, now)
        WHERE d.id = m.id`
    }
    const last = devices.at(-1)
    if (last === undefined || devices.length < BATCH) return
    after = last.id
  }
}

function ruleText({ warnAt, blockAt }: HealthRule): string {
  const words = [
    ...(warnAt === null ? [] : [`warns at ${warnAt}`]),
    ...(blockAt === null ? [] : [`blocks at ${blockAt}`]),
  ]
  return words.join(', ') || 'ignored'
}
