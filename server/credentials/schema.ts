import { z } from 'zod'

export const credentialSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  /** A stored private key, or the ssh-agent of Daxfleet's machines: that one has no public half here. */
  kind: z.enum(['key', 'agent']),
  algorithm: z.string(),
  fingerprint: z.string(),
  /** authorized_keys line: what goes on the hosts. */
  publicKey: z.string(),
  hostCount: z.number().int(),
  createdAt: z.date(),
})

/** The private key goes in and never comes out. */
export const addCredentialInput = z.object({
  name: z.string().trim().min(1, 'Give the key a name.').max(100),
  privateKey: z.string().min(1, 'Paste the private key or choose its file.').max(20_000),
  passphrase: z.string().max(1_000).optional(),
})
export const addCredentialOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('added'), credential: credentialSchema }),
  z.object({ type: z.literal('refused'), message: z.string(), next: z.string() }),
])
/** The agent's socket is no input: it comes from the settings of each machine. */
export const addAgentInput = z.object({ name: z.string().trim().min(1, 'Give it a name.').max(100) })
export const testCredentialInput = z.object({ credentialId: z.uuid(), hostId: z.uuid() })
export const testCredentialOutput = z.discriminatedUnion('type', [
  z.object({ type: z.literal('passed') }),
  z.object({
    type: z.literal('failed'),
    /** The step it did not get past: reaching the host, comparing its key, signing in. */
    step: z.enum(['connect', 'host_key', 'sign_in']),
    message: z.string(),
    next: z.string(),
  }),
])
export const removeCredentialInput = z.object({ credentialId: z.uuid() })
export const listCredentialsOutput = z.object({ credentials: z.array(credentialSchema) })
