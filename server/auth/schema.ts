import { z } from 'zod'
import { roles } from './vocabulary'

const passwordSchema = z
  .string()
  .min(10, 'A password has at least 10 characters.')
  .max(128, 'A password has at most 128 characters.')

export const completeSetupInput = z.object({
  token: z.string().min(1).max(200),
  name: z.string().trim().min(1, 'Enter your name.').max(100),
  email: z
    .email('This is no e-mail address.')
    .max(254)
    .transform((email) => email.toLowerCase()),
  password: passwordSchema,
})
export const completeSetupOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('done') }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])
export const setupStatusOutput = z.object({ needsSetup: z.boolean() })
export const sessionUserSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
})
/** Who is signed in, as much of it as a page may know. */
export type SessionUser = z.infer<typeof sessionUserSchema>
/** With the procedures that are refused to them, each with the reason to show beside what is disabled. */
export const meOutput = sessionUserSchema.extend({ refused: z.record(z.string(), z.string()) })
