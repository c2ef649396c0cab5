import { z } from 'zod'
import { rights, roles } from '@/server/auth/vocabulary'

const day = 24 * 60 * 60
/** A token that nobody renews should not outlive whoever made it by much. */
const maxDays = 366

export const tokenSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  owner: z.string(),
  /** `<area>:<right>`; `*` is every area. */
  scopes: z.array(z.string()),
  createdAt: z.date(),
  expiresAt: z.date(),
  lastUsedAt: z.date().nullable(),
  revokedAt: z.date().nullable(),
  state: z.enum(['active', 'expired', 'revoked']),
})
export type TokenView = z.infer<typeof tokenSchema>

/** One's own; an admin sees everybody's. */
export const listTokensOutput = z.object({
  tokens: z.array(tokenSchema),
  /** What one may give a token: the areas there are, and how much in them. */
  areas: z.array(z.string()),
  rights: z.array(z.enum(rights)),
  role: z.enum(roles),
})

export const createTokenInput = z.object({
  name: z
    .string()
    .trim()
    .min(1, 'Give the token a name.')
    .max(60, 'A name has at most 60 characters.')
    // It stands in the audit log beside whose token it is: nothing that could be taken for something else.
    .regex(
      /^[\p{L}\p{N}][\p{L}\p{N} ._/-]*$/u,
      'A name is letters, digits, spaces, dots, dashes and slashes.',
    ),
  scopes: z.array(z.string().max(60)).min(1, 'Choose what it may do.').max(50),
  lifeSeconds: z
    .number()
    .int()
    .min(60, 'A token lives a minute at least.')
    .max(maxDays * day, `A token lives ${maxDays} days at most.`),
})
export const createTokenOutput = z.discriminatedUnion('type', [
  /** The only time that `token` is shown. */
  z.object({ type: z.literal('created'), token: z.string(), view: tokenSchema }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])
export const revokeTokenInput = z.object({ tokenId: z.uuid() })
export const revokeTokenOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('done') }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])
