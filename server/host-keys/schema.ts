import { z } from 'zod'
import { hostStateSchema } from '@/server/hosts/schemas/fields'
import { keyVerdicts, maxKnownHostsCharacters } from './vocabulary'

export const keyVerdictSchema = z.enum(keyVerdicts)

export const pendingKeysInput = z.object({
  /** Content of a known_hosts file to compare with; null: there is none. */
  knownHosts: z
    .string()
    .max(maxKnownHostsCharacters, 'A known_hosts file has 3 MiB at most here.')
    .nullable(),
})

const shownKeySchema = z.object({ algorithm: z.string(), fingerprint: z.string() })

/** A key that waits for a person, and what the file says of it. */
export const pendingKeySchema = z.object({
  hostId: z.uuid(),
  hostName: z.string(),
  address: z.string(),
  port: z.number().int(),
  hostState: hostStateSchema,
  keyId: z.uuid(),
  algorithm: z.string(),
  fingerprint: z.string(),
  firstSeenAt: z.date(),
  /** The keys trusted so far: with any, this is a change, which is decided on the host's own page. */
  trusted: z.array(shownKeySchema),
  verdict: keyVerdictSchema.nullable(),
  reason: z.string(),
})
export type PendingKey = z.infer<typeof pendingKeySchema>

export const pendingKeysOutput = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('read'),
    keys: z.array(pendingKeySchema),
    /** Lines of the file that were passed over, and why. */
    notices: z.array(z.object({ line: z.number().int(), message: z.string() })),
    /** Lines of the file that hold a key. */
    entries: z.number().int(),
    /** How many first keys match, and a digest over them: what is trusted must be what was looked at. */
    trustable: z.number().int(),
    digest: z.string(),
  }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])
export type PendingKeys = z.infer<typeof pendingKeysOutput>

export const trustMatchingInput = z.object({
  knownHosts: z.string().min(1).max(maxKnownHostsCharacters),
  digest: z.string().length(64),
})
export const trustMatchingOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('trusted'), hosts: z.number().int() }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])
export type TrustMatchingOutcome = z.infer<typeof trustMatchingOutput>
