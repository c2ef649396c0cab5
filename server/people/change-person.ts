import type { Prisma, User } from '@/prisma/generated/client'
import { recordAudit } from '@/server/audit/record'
import type { Role } from '@/server/auth/vocabulary'
import { tellAccessChanged } from '@/server/events/record'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { refused } from './outcomes'
import type { PersonVerbOutcome } from './schema'

type Ctx = Pick<ServiceContext, 'db' | 'actor'>
type Tx = Prisma.TransactionClient

const nobody = refused('This person does not exist (any more).', 'Reload the page.')
const lastAdmin = refused(
  'This is the last admin: nobody could make another.',
  'Make somebody else admin first.',
)

/** Gives somebody another role; it holds from their next request on, for their tokens too. */
export function setRole(ctx: Ctx, userId: string, role: Role): Promise<PersonVerbOutcome> {
  return change(ctx, userId, async (tx, user) => {
    if (user.role === role) return { type: 'done' }
    if (await isLastAdmin(tx, user)) return lastAdmin
    await tx.user.update({ where: { id: userId }, data: { role } })
    await recordAudit(tx, ctx.actor, 'user.role_changed', 'user', userId, { from: user.role, to: role })
    return { type: 'done' }
  })
}

/** Shuts somebody out: sessions end and tokens are refused at once. What they did keeps their name. */
export function disable(ctx: Ctx, userId: string): Promise<PersonVerbOutcome> {
  return change(ctx, userId, async (tx, user) => {
    if (user.disabledAt !== null) return { type: 'done' }
    if (await isLastAdmin(tx, user)) return lastAdmin
    await tx.user.update({ where: { id: userId }, data: { disabledAt: new Date() } })
    await tx.session.deleteMany({ where: { userId } })
    await tx.invitation.deleteMany({ where: { userId } })
    await recordAudit(tx, ctx.actor, 'user.disabled', 'user', userId)
    return { type: 'done' }
  })
}

/** Lets somebody in again, as they were. Their tokens work again, too, as far as they have not run out. */
export function enable(ctx: Ctx, userId: string): Promise<PersonVerbOutcome> {
  return change(ctx, userId, async (tx, user) => {
    if (user.disabledAt === null) return { type: 'done' }
    await tx.user.update({ where: { id: userId }, data: { disabledAt: null } })
    await recordAudit(tx, ctx.actor, 'user.enabled', 'user', userId)
    return { type: 'done' }
  })
}

/** For whoever lost phone and recovery codes: the password alone signs in again, and every session ends. */
export function resetSecondFactor(ctx: Ctx, userId: string): Promise<PersonVerbOutcome> {
  return change(ctx, userId, async (tx, user) => {
    if (!user.twoFactorEnabled) return refused('This person has no second factor.', '')
    await tx.twoFactor.deleteMany({ where: { userId } })
    await tx.user.update({ where: { id: userId }, data: { twoFactorEnabled: false } })
    await tx.session.deleteMany({ where: { userId } })
    await recordAudit(tx, ctx.actor, 'user.second_factor_reset', 'user', userId)
    return { type: 'done' }
  })
}

/** Asks a second factor of everybody. Whoever has none can do nothing but set it up from then on. */
export async function setPolicy(
  { db, actor }: Ctx,
  { requireSecondFactor }: { requireSecondFactor: boolean },
): Promise<PersonVerbOutcome> {
  return db.$transaction(async (tx): Promise<PersonVerbOutcome> => {
    const data = { requireSecondFactor, changedBy: actor.id, changedAt: new Date() }
    const changed = await tx.accessPolicy.updateMany({
      where: { requireSecondFactor: !requireSecondFactor },
      data,
    })
    if (changed.count === 0) return { type: 'done' }
    const action = requireSecondFactor ? 'fleet.second_factor_required' : 'fleet.second_factor_optional'
    await recordAudit(tx, actor, action, 'fleet', 'access')
    await tellAccessChanged(tx)
    return { type: 'done' }
  }, transactionLimits)
}

/** One change of one person at a time: two admins who take each other's role must not both succeed. */
async function change(
  { db }: Ctx,
  userId: string,
  act: (tx: Tx, user: User) => Promise<PersonVerbOutcome>,
): Promise<PersonVerbOutcome> {
  return db.$transaction(async (tx) => {
    await tx.$executeRaw`LOCK TABLE "User" IN SHARE ROW EXCLUSIVE MODE`
    const user = await tx.user.findUnique({ where: { id: userId } })
    if (user === null) return nobody
    const outcome = await act(tx, user)
    if (outcome.type === 'done') await tellAccessChanged(tx)
    return outcome
  }, transactionLimits)
}

async function isLastAdmin(tx: Tx, user: User): Promise<boolean> {
  if (user.role !== 'admin' || user.disabledAt !== null) return false
  return (await tx.user.count({ where: { role: 'admin', disabledAt: null, id: { not: user.id } } })) === 0
}
