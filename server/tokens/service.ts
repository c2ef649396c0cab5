import type { z } from 'zod'
import type { ApiToken } from '@/prisma/generated/client'
import { recordAudit } from '@/server/audit/record'
import type { Principal } from '@/server/auth/principal'
import { parseScope, tokenAreas } from '@/server/auth/scopes'
import { hashToken, newToken } from '@/server/auth/tokens'
import { covers, rightOf, rights } from '@/server/auth/vocabulary'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import type {
  createTokenInput,
  createTokenOutput,
  listTokensOutput,
  revokeTokenInput,
  revokeTokenOutput,
  TokenView,
} from './schema'

type Ctx = Pick<ServiceContext, 'db' | 'actor'> & { user: Principal }

/** Says in logs and to secret scanners what it is. */
export const tokenPrefix = 'dxf_'

/** One's own tokens, and everybody's for an admin; the newest first, a thousand at most. */
export async function listTokens({ db, user }: Ctx): Promise<z.infer<typeof listTokensOutput>> {
  const rows = await db.apiToken.findMany({
    where: user.role === 'admin' ? {} : { userId: user.id },
    include: { user: { select: { email: true } } },
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
    take: 1000,
  })
  return {
    tokens: rows.map(viewOf),
    areas: tokenAreas(),
    rights: rights.filter((right) => covers(rightOf(user.role), right)),
    role: user.role,
  }
}

/** Makes a token that may never do more than whoever makes it; it is told once, and kept as a hash. */
export async function createToken(
  { db, user, actor }: Ctx,
  { name, scopes, lifeSeconds }: z.infer<typeof createTokenInput>,
): Promise<z.infer<typeof createTokenOutput>> {
  const asked = [...new Set(scopes)]
  for (const scope of asked) {
    const parsed = parseScope(scope)
    if (parsed === null)
      return refused(
        `There is no scope ${JSON.stringify(scope)}.`,
        'A scope is an area and a right: hosts:view, *:operate.',
      )
    if (!covers(rightOf(user.role), parsed.right))
      return refused(
        `A token may do no more than you: ${scope} is beyond the role ${user.role}.`,
        'Choose less, or ask an admin for the role.',
      )
  }
  const token = tokenPrefix + newToken()
  const expiresAt = new Date(Date.now() + lifeSeconds * 1000)
  const row = await db.$transaction(async (tx) => {
    const made = await tx.apiToken.create({
      data: { userId: user.id, name, scopes: asked, tokenHash: hashToken(token), expiresAt },
      include: { user: { select: { email: true } } },
    })
    const detail = { name, scopes: asked.join(' '), expiresAt: expiresAt.toISOString() }
    await recordAudit(tx, actor, 'token.created', 'token', made.id, detail)
    return made
  }, transactionLimits)
  return { type: 'created', token, view: viewOf(row) }
}

/** Ends a token at once. One's own; anybody's for an admin. */
export async function revokeToken(
  { db, user, actor }: Ctx,
  { tokenId }: z.infer<typeof revokeTokenInput>,
): Promise<z.infer<typeof revokeTokenOutput>> {
  const mine = user.role === 'admin' ? {} : { userId: user.id }
  return db.$transaction(async (tx) => {
    const token = await tx.apiToken.findFirst({ where: { id: tokenId, ...mine } })
    if (token === null) return refused('There is no such token, or it is not yours.', 'Reload the page.')
    if (token.revokedAt !== null) return { type: 'done' }
    await tx.apiToken.update({
      where: { id: tokenId },
      data: { revokedAt: new Date(), revokedBy: actor.id },
    })
    await recordAudit(tx, actor, 'token.revoked', 'token', tokenId, { name: token.name })
    return { type: 'done' }
  }, transactionLimits)
}

function viewOf(row: ApiToken & { user: { email: string } }): TokenView {
  const { id, name, scopes, createdAt, expiresAt, lastUsedAt, revokedAt } = row
  const isOver = expiresAt.getTime() <= Date.now()
  const state = revokedAt !== null ? 'revoked' : isOver ? 'expired' : 'active'
  return { id, name, owner: row.user.email, scopes, createdAt, expiresAt, lastUsedAt, revokedAt, state }
}

function refused(message: string, next: string): { type: 'refused'; message: string; next: string } {
  return { type: 'refused', message, next }
}
