import { randomUUID } from 'node:crypto'
import type { Prisma, User } from '@/prisma/generated/client'
import type { Actor } from '@/server/audit/actor'
import { recordAudit } from '@/server/audit/record'
import { emailSchema } from '@/server/auth/schema'
import { createUser } from '@/server/auth/setup-link'
import { type Role, roles } from '@/server/auth/vocabulary'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { setRole } from '@/server/people/change-person'
import { OidcFault } from './fault'
import type { Claims } from './provider'
import { roleOfClaims } from './role'
import type { OidcSettings } from './settings'

type Tx = Prisma.TransactionClient
const providerId = 'oidc'
const providerActor: Actor = { kind: 'system', id: 'identity provider' }

/**
 * Whose account this is: the one linked to the subject before, else the one with this verified address, else the invited
 * person's, which is made now. Anybody else gets a viewer's where the settings say so, and is refused where not. The role
 * follows the provider's claim where one is mapped. Throws OidcFault.
 */
export async function accountOf(
  db: ServiceContext['db'],
  claims: Claims,
  settings: Pick<OidcSettings, 'roles' | 'createsViewers'>,
): Promise<User> {
  const role = roleOfClaims(claims, settings)
  const user = await db.$transaction(async (tx) => {
    // Two first sign-ins of one person at one moment are one account.
    await tx.$executeRaw`LOCK TABLE "User" IN SHARE ROW EXCLUSIVE MODE`
    return (await linked(tx, claims)) ?? (await link(tx, claims, role, settings.createsViewers))
  }, transactionLimits)
  if (user.disabledAt !== null) throw new OidcFault('disabled')
  if (role === null || role === user.role) return user
  // The last admin stays admin, whatever the provider says: somebody must be able to mend the mapping.
  await setRole({ db, actor: providerActor }, user.id, role)
  return db.user.findUniqueOrThrow({ where: { id: user.id } })
}

/** A subject is unique within its issuer alone. */
const accountIdOf = ({ iss, sub }: Claims) => `${iss} ${sub}`

async function linked(tx: Tx, claims: Claims): Promise<User | null> {
  const account = await tx.account.findFirst({
    where: { providerId, accountId: accountIdOf(claims) },
    include: { user: true },
  })
  return account?.user ?? null
}

async function link(tx: Tx, claims: Claims, role: Role | null, createsViewers: boolean): Promise<User> {
  // `true` and nothing that looks like it: the address alone decides whose account this is.
  if (claims.email_verified !== true) throw new OidcFault('email_unverified')
  const parsed = emailSchema.safeParse(claims.email)
  if (!parsed.success) throw new OidcFault('email_unverified')
  const email = parsed.data
  const known = await tx.user.findUnique({ where: { email }, include: { accounts: true } })
  // The address may have been given to somebody else over there.
  if (known?.accounts.some((account) => account.providerId === providerId))
    throw new OidcFault('other_account')
  if (known !== null && known.disabledAt !== null) throw new OidcFault('disabled')
  const userId = known?.id ?? (await create(tx, email, claims, role, createsViewers))
  await tx.account.create({
    data: { id: randomUUID(), providerId, accountId: accountIdOf(claims), userId },
  })
  const detail = { email, issuer: claims.iss }
  await recordAudit(tx, providerActor, 'user.linked_to_identity_provider', 'user', userId, detail)
  return tx.user.findUniqueOrThrow({ where: { id: userId } })
}

async function create(
  tx: Tx,
  email: string,
  claims: Claims,
  role: Role | null,
  createsViewers: boolean,
): Promise<string> {
  const invitation = await tx.invitation.findFirst({
    where: { email, userId: null, expiresAt: { gt: new Date() } },
  })
  if (invitation === null && !createsViewers) throw new OidcFault('not_invited')
  if (invitation !== null) await tx.invitation.delete({ where: { id: invitation.id } })
  const invited = roles.find((each) => each === invitation?.role)
  const name = invitation?.name ?? nameOf(claims, email)
  const { id } = await createUser(tx, { name, email, role: role ?? invited ?? 'viewer' }, null)
  return id
}

/** A name as the provider tells it: bounded, and without what does not print. */
function nameOf({ name }: Claims, email: string): string {
  const text = typeof name === 'string' ? name.replace(/\p{C}/gu, '').trim().slice(0, 100) : ''
  return text === '' ? email : text
}
