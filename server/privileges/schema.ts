import { z } from 'zod'

const fileSchema = z.object({
  /** What it is called when it is downloaded. */
  name: z.string(),
  /** Where it belongs on the host. */
  path: z.string(),
  text: z.string(),
  /** One command that checks and installs it, for root on the host. */
  install: z.string(),
})

export const allowedAgentSchema = z.object({
  sha256: z.string(),
  architecture: z.enum(['x64', 'arm64']),
  /** The newest, which may be announced and not uploaded by anybody yet; else the one before, for the time of an upgrade. */
  isCurrent: z.boolean(),
  lastSeenAt: z.date(),
})

/** What a host has to allow so that an ordinary account is enough. */
export const hostPrivilegesOutput = z.discriminatedUnion('type', [
  /** It signs in as root: there is nothing to allow. */
  z.object({ type: z.literal('root') }),
  /** No worker has told which agent it has, or the home has odd letters: no line can be written. */
  z.object({ type: z.literal('unknown'), message: z.string(), next: z.string() }),
  z.object({
    type: z.literal('ordinary'),
    username: z.string(),
    path: z.string(),
    /** The host told its home; false: /home/USER is assumed until it does. */
    pathKnown: z.boolean(),
    agents: z.array(allowedAgentSchema),
    sudoers: fileSchema,
    gate: fileSchema,
    /** The line for the account's authorized_keys with the gate as its forced command; null without a stored key. */
    authorizedKey: z.string().nullable(),
  }),
])
export type HostPrivileges = z.infer<typeof hostPrivilegesOutput>
export const hostPrivilegesInput = z.object({
  hostId: z.uuid(),
  /** Names the agent before as well, so that hosts can be brought to the new line one by one. */
  withPrevious: z.boolean().default(true),
})
