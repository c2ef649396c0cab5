import { loadPrincipal, type Principal } from '@/server/auth/principal'
import { hashToken } from '@/server/auth/tokens'
import type { ServiceContext } from '@/server/lib/service-context'
import { tokenPrefix } from './service'

/** 256 bits in base64url. */
const shape = new RegExp(`^Bearer (${tokenPrefix}[A-Za-z0-9_-]{43})$`, 'i')

/** How exactly `lastUsedAt` is kept: a write a request would make reading cost as much as changing. */
const usedWithinMs = 60_000

/**
 * Whose token an Authorization header holds, or null: there is none, it was never given out, is revoked or over, or its
 * owner may no longer sign in. Which of these it was is nobody's business who holds no token.
 */
export async function authenticateToken(
  { db }: Pick<ServiceContext, 'db'>,
  authorization: string | null,
): Promise<Principal | null> {
  const token = shape.exec(authorization ?? '')?.[1]
  if (token === undefined) return null
  const now = new Date()
  const found = await db.apiToken.findFirst({
    where: { tokenHash: hashToken(token), revokedAt: null, expiresAt: { gt: now } },
  })
  if (found === null) return null
  const { id: tokenId, userId, name, scopes, lastUsedAt } = found
  const owner = await loadPrincipal(db, userId, { type: 'token', tokenId, name, scopes })
  if (owner === null) return null
  if (lastUsedAt === null || now.getTime() - lastUsedAt.getTime() > usedWithinMs)
    await db.apiToken.updateMany({ where: { id: tokenId }, data: { lastUsedAt: now } })
  return owner
}
