import type { Actor, Origin } from '@/server/audit/actor'
import type { ServiceContext } from '@/server/lib/service-context'
import { type SecondFactor, type SessionUser, sessionUserSchema } from './schema'

/** Who asks, and by what: a session of theirs, or a token they made. Read anew for every request. */
export interface Principal extends SessionUser {
  secondFactor: SecondFactor
  via:
    | { type: 'session'; sessionId: string }
    | { type: 'token'; tokenId: string; name: string; scopes: readonly string[] }
}

/** Somebody as they are now; null when they are gone or disabled. */
export async function loadPrincipal(
  db: ServiceContext['db'],
  userId: string,
  via: Principal['via'],
): Promise<Principal | null> {
  const user = await db.user.findFirst({ where: { id: userId, disabledAt: null } })
  if (user === null) return null
  const isDue = !user.twoFactorEnabled && (await requiresSecondFactor(db))
  const secondFactor = user.twoFactorEnabled ? 'on' : isDue ? 'due' : 'off'
  return { ...sessionUserSchema.parse(user), secondFactor, via }
}

/** Whether everybody has to have a second factor here. The row is there from the migration on. */
export async function requiresSecondFactor(db: Pick<ServiceContext['db'], 'accessPolicy'>): Promise<boolean> {
  // Not findUnique: Prisma gathers those of one instant into an IN over the key, which a boolean has not.
  return (await db.accessPolicy.findFirstOrThrow()).requireSecondFactor
}

/** How the audit log names them: by their e-mail address, by the token that acted for them, and from where. */
export function actorOf({ email, via }: Principal, from?: Origin): Actor {
  const unknown: Origin = { clientAddress: null, userAgent: null, tokenId: null }
  if (via.type === 'token')
    return {
      kind: 'user',
      id: `${email} (token ${via.name})`,
      from: { ...(from ?? unknown), tokenId: via.tokenId },
    }
  return { kind: 'user', id: email, ...(from === undefined ? {} : { from }) }
}
