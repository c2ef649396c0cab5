import { z } from 'zod'
import { emailSchema, passwordSchema } from '@/server/auth/schema'
import { roles } from '@/server/auth/vocabulary'

const roleSchema = z.enum(roles)

export const personSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role: roleSchema,
  disabledAt: z.date().nullable(),
  hasSecondFactor: z.boolean(),
  /** Signed in at this moment, in so many browsers. */
  sessions: z.number().int(),
  tokens: z.number().int(),
  lastSeenAt: z.date().nullable(),
  createdAt: z.date(),
})

export const invitationSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string(),
  role: roleSchema,
  /** `password`: for somebody who has an account. */
  purpose: z.enum(['account', 'password']),
  createdBy: z.string(),
  expiresAt: z.date(),
})

export const listPeopleOutput = z.object({
  people: z.array(personSchema),
  /** Links that were not used and can be. */
  invitations: z.array(invitationSchema),
  requireSecondFactor: z.boolean(),
})

export const inviteInput = z.object({
  name: z.string().trim().min(1, 'Enter a name.').max(100),
  email: emailSchema,
  role: roleSchema,
})
export const personInput = z.object({ userId: z.string().max(100) })
export const setRoleInput = personInput.extend({ role: roleSchema })
export const withdrawInput = z.object({ invitationId: z.uuid() })
export const setPolicyInput = z.object({ requireSecondFactor: z.boolean() })

const refusedSchema = z.object({ type: z.literal('refused'), message: z.string(), next: z.string() })
export const personVerbOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('done') }),
  refusedSchema,
])
export type PersonVerbOutcome = z.infer<typeof personVerbOutput>
/** `path` holds the token in its fragment, and is told this once. */
export const linkOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('link'), path: z.string(), expiresAt: z.date() }),
  refusedSchema,
])
export type LinkOutcome = z.infer<typeof linkOutput>

export const joinInput = z.object({ token: z.string().min(1).max(200), password: passwordSchema })
/** The e-mail address to sign in with. */
export const joinOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('done'), email: z.string() }),
  refusedSchema,
])
