import type { z } from 'zod'
import { Prisma } from '@/prisma/generated/client'
import { recordAudit } from '@/server/audit/record'
import { tellApprovalsChanged } from '@/server/events/record'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { parseRule, rulesHost } from './rules'
import type { PolicyVerbOutcome, twoPersonPolicySchema } from './schema'
import { mostRules } from './vocabulary'
import { withdrawWaiting } from './withdraw'

type Ctx = Pick<ServiceContext, 'db' | 'actor'>
type Tx = Prisma.TransactionClient
const maySay = (message: string, next: string): PolicyVerbOutcome => ({ type: 'refused', message, next })

/** Hours a request waits and an approval of two holds. The row is there from the migration on. */
export async function hoursValid(tx: Pick<Tx, 'twoPersonPolicy'>): Promise<number> {
  return (await tx.twoPersonPolicy.findFirstOrThrow()).validHours
}

/** The rules with how many hosts each is over now. */
export async function readPolicy({
  db,
}: Pick<ServiceContext, 'db'>): Promise<z.infer<typeof twoPersonPolicySchema>> {
  const [rules, validHours, hosts] = await Promise.all([
    db.twoPersonRule.findMany({ orderBy: { createdAt: 'asc' } }),
    hoursValid(db),
    db.host.findMany({ select: { name: true, labels: true } }),
  ])
  const over = (selector: string) =>
    hosts.filter(({ name, labels }) =>
      rulesHost(selector, { name, labels: labels as Record<string, string> }),
    )
  return { rules: rules.map((rule) => ({ ...rule, hosts: over(rule.selector).length })), validHours }
}

/** From now on whatever is done to these hosts needs two people. */
export async function addRule(ctx: Ctx, selector: string): Promise<PolicyVerbOutcome> {
  const text = selector.trim().replace(/\s+/g, ' ')
  const parsed = parseRule(text)
  if (!parsed.ok) return maySay(parsed.message, 'Mend the rule.')
  try {
    return await change(ctx, async (tx) => {
      if ((await tx.twoPersonRule.count()) >= mostRules)
        return maySay(`There are ${mostRules} rules already.`, 'Remove one, or say it in fewer.')
      await tx.twoPersonRule.create({ data: { selector: text, createdBy: ctx.actor.id } })
      await recordAudit(tx, ctx.actor, 'fleet.second_person_rule_added', 'fleet', 'approvals', {
        selector: text,
      })
      return null
    })
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002')
      return maySay('This rule is there already.', '')
    throw error
  }
}

/** From now on one person is enough for what this rule alone was over. */
export function removeRule(ctx: Ctx, ruleId: string): Promise<PolicyVerbOutcome> {
  return change(ctx, async (tx) => {
    const rule = await tx.twoPersonRule.findUnique({ where: { id: ruleId } })
    if (rule === null) return maySay('This rule is not there (any more).', 'Reload the page.')
    await tx.twoPersonRule.delete({ where: { id: ruleId } })
    const { selector } = rule
    await recordAudit(tx, ctx.actor, 'fleet.second_person_rule_removed', 'fleet', 'approvals', { selector })
    return null
  })
}

/** How long requests wait and approvals hold, from now on. */
export function setHours(ctx: Ctx, validHours: number): Promise<PolicyVerbOutcome> {
  return change(ctx, async (tx) => {
    const before = await hoursValid(tx)
    if (before === validHours) return { type: 'done', withdrawn: 0 }
    await tx.twoPersonPolicy.updateMany({
      data: { validHours, changedBy: ctx.actor.id, changedAt: new Date() },
    })
    const detail = { before: `${before} hours`, hours: validHours }
    await recordAudit(tx, ctx.actor, 'fleet.approval_hours_set', 'fleet', 'approvals', detail)
    return null
  })
}

/** A change and its consequence: what waits was asked for under another policy, so it is asked for anew. */
function change(ctx: Ctx, act: (tx: Tx) => Promise<PolicyVerbOutcome | null>): Promise<PolicyVerbOutcome> {
  return ctx.db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "TwoPersonPolicy" FOR UPDATE`
    const answer = await act(tx)
    if (answer !== null) return answer
    const withdrawn = await withdrawWaiting(tx, ctx.actor, {}, 'The policy of approvals was changed.')
    await tellApprovalsChanged(tx)
    return { type: 'done', withdrawn }
  }, transactionLimits)
}
