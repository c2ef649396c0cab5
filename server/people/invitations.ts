import { randomUUID } from 'node:crypto'
import { hashPassword } from 'better-auth/crypto'
import type { z } from 'zod'
import type { Invitation, Prisma } from '@/prisma/generated/client'
import { recordAudit } from '@/server/audit/record'
import { createUser } from '@/server/auth/setup-link'
import { hashToken, newToken } from '@/server/auth/tokens'
import type { Role } from '@/server/auth/vocabulary'
import { roles } from '@/server/auth/vocabulary'
import { tellAccessChanged } from '@/server/events/record'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { refused } from './outcomes'
import type {
  inviteInput,
  joinInput,
  joinOutput,
  LinkOutcome,
  PersonVerbOutcome,
  withdrawInput,
} from './schema'

type Ctx = Pick<ServiceContext, 'db' | 'actor'>

/** Long enough to be handed over in person or by any other way than e-mail, which a closed network may not have. */
const linkHours = 24

/** A link by which somebody makes their account: single use, a day. One a person: a new one ends the one before. */
export async function invite(ctx: Ctx, input: z.infer<typeof inviteInput>): Promise<LinkOutcome> {
  return ctx.db.$transaction(async (tx): Promise<LinkOutcome> => {
    if ((await tx.user.count({ where: { email: input.email } })) > 0)
      return refused(
        `${input.email} has an account already.`,
        'Change its role in the list, or make a link for a new password.',
      )
    const link = await makeLink(tx, ctx, { ...input, userId: null })
    const { email, name, role } = input
    await recordAudit(tx, ctx.actor, 'user.invited', 'user', email, { email, name, role })
    return link
  }, transactionLimits)
}

/** A link by which somebody who has an account chooses a new password. What they had stays valid until it is used. */
export async function newPasswordLink(ctx: Ctx, userId: string): Promise<LinkOutcome> {
  return ctx.db.$transaction(async (tx): Promise<LinkOutcome> => {
    const user = await tx.user.findFirst({ where: { id: userId, disabledAt: null } })
    if (user === null) return refused('This person is not there, or is disabled.', 'Reload the page.')
    const link = await makeLink(tx, ctx, { ...user, userId })
    await recordAudit(tx, ctx.actor, 'user.password_link_made', 'user', userId, { email: user.email })
    return link
  }, transactionLimits)
}

/** Makes a link that was not used worthless. */
export async function withdraw(
  { db, actor }: Ctx,
  { invitationId }: z.infer<typeof withdrawInput>,
): Promise<PersonVerbOutcome> {
  return db.$transaction(async (tx): Promise<PersonVerbOutcome> => {
    const found = await tx.invitation.findUnique({ where: { id: invitationId } })
    if (found === null) return refused('This link was used or withdrawn already.', 'Reload the page.')
    await tx.invitation.delete({ where: { id: invitationId } })
    await recordAudit(tx, actor, 'user.link_withdrawn', 'user', found.userId ?? found.email, {
      email: found.email,
    })
    return { type: 'done' }
  }, transactionLimits)
}

const spent = refused(
  'This link was used already, was withdrawn, or its day is over.',
  'Ask an admin for a new one.',
)

/** Uses a link up: makes the account, or sets its password and ends its sessions; both or neither. */
export async function join(
  { db }: Pick<ServiceContext, 'db'>,
  { token, password }: z.infer<typeof joinInput>,
): Promise<z.infer<typeof joinOutput>> {
  const open = { tokenHash: hashToken(token), expiresAt: { gt: new Date() } }
  // Hashing a password is slow on purpose; nobody without a link gets the server to do it.
  if ((await db.invitation.count({ where: open })) === 0) return spent
  const hash = await hashPassword(password)
  return db.$transaction(async (tx): Promise<z.infer<typeof joinOutput>> => {
    // The row is taken by this very statement: of two that come at once, one finds it.
    const [found] = await tx.$queryRaw<Invitation[]>`
      DELETE FROM "Invitation" WHERE "tokenHash" = ${open.tokenHash} AND "expiresAt" > now() RETURNING *`
    if (found === undefined) return spent
    const { email, name, userId } = found
    if (userId !== null) await setPassword(tx, userId, hash, email)
    else {
      if ((await tx.user.count({ where: { email } })) > 0)
        return refused(`${email} has an account already.`, 'Sign in with it.')
      await createUser(tx, { name, email, role: roleOf(found.role) }, hash)
    }
    return { type: 'done', email }
  }, transactionLimits)
}

async function makeLink(
  tx: Prisma.TransactionClient,
  { actor }: Ctx,
  { name, email, role, userId }: { name: string; email: string; role: string; userId: string | null },
): Promise<LinkOutcome> {
  const token = newToken()
  const expiresAt = new Date(Date.now() + linkHours * 3600_000)
  await tx.invitation.deleteMany({ where: { OR: [{ email }, { expiresAt: { lt: new Date() } }] } })
  await tx.invitation.create({
    data: { ...{ name, email, role, userId, expiresAt }, tokenHash: hashToken(token), createdBy: actor.id },
  })
  return { type: 'link', path: `/join#${token}`, expiresAt }
}

async function setPassword(tx: Prisma.TransactionClient, userId: string, password: string, email: string) {
  const changed = await tx.account.updateMany({
    where: { userId, providerId: 'credential' },
    data: { password },
  })
  if (changed.count === 0)
    await tx.account.create({
      data: { id: randomUUID(), accountId: userId, providerId: 'credential', userId, password },
    })
  await tx.session.deleteMany({ where: { userId } })
  await recordAudit(tx, { kind: 'user', id: email }, 'user.password_set_by_link', 'user', userId)
  await tellAccessChanged(tx)
}

/** The database keeps to the same four. */
function roleOf(text: string): Role {
  return roles.find((role) => role === text) ?? 'viewer'
}
