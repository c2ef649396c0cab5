import { z } from 'zod'
import { roles } from './vocabulary'

export const passwordSchema = z
  .string()
  .min(10, 'A password has at least 10 characters.')
  .max(128, 'A password has at most 128 characters.')

export const emailSchema = z
  .email('This is no e-mail address.')
  .max(254)
  .transform((email) => email.toLowerCase())

export const completeSetupInput = z.object({
  token: z.string().min(1).max(200),
  name: z.string().trim().min(1, 'Enter your name.').max(100),
  email: emailSchema,
  password: passwordSchema,
})
export const completeSetupOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('done') }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])
export const setupStatusOutput = z.object({
  needsSetup: z.boolean(),
  /** What the identity provider is called here; null where there is none. */
  identityProvider: z.string().nullable(),
})
export const sessionUserSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
})
/** Who is signed in, as much of it as a page may know. */
export type SessionUser = z.infer<typeof sessionUserSchema>
/** `due`: everybody has to have one here, and they have none yet; until then they can only set it up. */
export const secondFactorSchema = z.enum(['on', 'off', 'due'])
export type SecondFactor = z.infer<typeof secondFactorSchema>

/** One browser somebody is signed in with. Its token is known to that browser alone. */
export const sessionSchema = z.object({
  id: z.string(),
  isThis: z.boolean(),
  createdAt: z.date(),
  lastSeenAt: z.date(),
  expiresAt: z.date(),
  clientAddress: z.string().nullable(),
  userAgent: z.string().nullable(),
})
export const listSessionsOutput = z.object({ sessions: z.array(sessionSchema) })
export const endSessionInput = z.object({ sessionId: z.string().max(100) })
export const sessionVerbOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('done') }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])
export const changePasswordInput = z.object({ current: z.string().max(200), password: passwordSchema })

/** With the procedures that are refused to them, each with the reason to show beside what is disabled. */
export const meOutput = sessionUserSchema.extend({
  secondFactor: secondFactorSchema,
  /** False for accounts that are entered by links alone. */
  hasPassword: z.boolean(),
  refused: z.record(z.string(), z.string()),
})
