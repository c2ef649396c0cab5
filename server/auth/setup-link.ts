import { randomUUID } from 'node:crypto'
import { hashPassword } from 'better-auth/crypto'
import type { z } from 'zod'
import type { Prisma } from '@/prisma/generated/client'
import { recordAudit } from '@/server/audit/record'
import { DomainError } from '@/server/lib/domain-error'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import type { completeSetupInput, completeSetupOutput } from './schema'
import { hashToken, linkExpiry, newToken } from './tokens'
import type { Role } from './vocabulary'

export interface OneTimeLink {
  /** Path with the token in its fragment, which browsers never send: no log and no referrer gets to see it. */
  path: string
  expiresAt: Date
}

type Outcome = z.infer<typeof completeSetupOutput>

/** True until the first account is made. */
export async function needsSetup(ctx: Pick<ServiceContext, 'db'>): Promise<boolean> {
  return (await ctx.db.user.count()) === 0
}

/** A link that makes the first account: single use, ten minutes. Throws DomainError once there is an account. */
export async function createSetupLink(ctx: Pick<ServiceContext, 'db'>): Promise<OneTimeLink> {
  if (!(await needsSetup(ctx)))
    throw new DomainError('conflict', 'There is an account already.', 'Sign in, or ask for a sign-in link.')
  const token = newToken()
  const expiresAt = linkExpiry()
  await ctx.db.setupLink.create({ data: { tokenHash: hashToken(token), expiresAt } })
  return { path: `/setup#${token}`, expiresAt }
}

const spent: Outcome = {
  type: 'refused',
  message: 'This link was used already, or its ten minutes are over.',
  next: 'Start Daxfleet again: it prints a new one.',
}

/** Uses up the link and makes the first account with it, both or neither. The caller then signs in as anybody does. */
export async function completeSetup(
  ctx: Pick<ServiceContext, 'db'>,
  input: z.infer<typeof completeSetupInput>,
): Promise<Outcome> {
  const open = { tokenHash: hashToken(input.token), usedAt: null, expiresAt: { gt: new Date() } }
  // Hashing a password is slow on purpose; nobody without a link gets the server to do it.
  if ((await ctx.db.setupLink.count({ where: open })) === 0) return spent
  const password = await hashPassword(input.password)
  return ctx.db.$transaction(async (tx): Promise<Outcome> => {
    // Two links used at the same moment must not make two first accounts.
    await tx.$executeRaw`LOCK TABLE "User" IN SHARE ROW EXCLUSIVE MODE`
    const used = await tx.setupLink.updateMany({ where: open, data: { usedAt: new Date() } })
    if (used.count === 0) return spent
    if ((await tx.user.count()) > 0)
      return { type: 'refused', message: 'There is an account already.', next: 'Sign in with it.' }
    // Somebody has to be able to do everything, and there is nobody else.
    await createUser(tx, { ...input, role: 'admin' }, password)
    return { type: 'done' }
  }, transactionLimits)
}

/** Makes an account; without a password hash it can only be entered by a sign-in link. */
export async function createUser(
  tx: Prisma.TransactionClient,
  { name, email, role }: { name: string; email: string; role: Role },
  passwordHash: string | null,
): Promise<{ id: string }> {
  const id = randomUUID()
  const account = { id: randomUUID(), accountId: id, providerId: 'credential', password: passwordHash }
  await tx.user.create({
    data: { id, name, email, role, ...(passwordHash === null ? {} : { accounts: { create: account } }) },
  })
  await recordAudit(tx, { kind: 'user', id: email }, 'user.created', 'user', id, { name, email, role })
  return { id }
}
