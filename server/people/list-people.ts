import type { z } from 'zod'
import { requiresSecondFactor } from '@/server/auth/principal'
import type { ServiceContext } from '@/server/lib/service-context'
import { invitationSchema, type listPeopleOutput, personSchema } from './schema'

/** Everybody with an account, and the links that wait to be used. */
export async function listPeople({
  db,
}: Pick<ServiceContext, 'db'>): Promise<z.infer<typeof listPeopleOutput>> {
  const now = { gt: new Date() }
  const [users, invitations, requireSecondFactor] = await Promise.all([
    db.user.findMany({
      orderBy: [{ disabledAt: { sort: 'asc', nulls: 'first' } }, { email: 'asc' }],
      take: 5000,
      include: {
        sessions: { where: { expiresAt: now }, select: { updatedAt: true } },
        _count: { select: { tokens: { where: { revokedAt: null, expiresAt: now } } } },
      },
    }),
    db.invitation.findMany({ where: { expiresAt: now }, orderBy: { createdAt: 'desc' }, take: 1000 }),
    requiresSecondFactor(db),
  ])
  return {
    requireSecondFactor,
    people: users.map(({ sessions, _count, ...user }) =>
      personSchema.parse({
        ...user,
        hasSecondFactor: user.twoFactorEnabled,
        sessions: sessions.length,
        tokens: _count.tokens,
        lastSeenAt:
          sessions.map(({ updatedAt }) => updatedAt).toSorted((a, b) => Number(b) - Number(a))[0] ?? null,
      }),
    ),
    invitations: invitations.map((row) =>
      invitationSchema.parse({ ...row, purpose: row.userId === null ? 'account' : 'password' }),
    ),
  }
}
