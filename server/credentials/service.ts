import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { Credential } from '@/prisma/generated/client'
import { recordAudit } from '@/server/audit/record'
import { config } from '@/server/lib/config'
import { notFound } from '@/server/lib/domain-error'
import { credentialKeyOf, newestCredentialKey } from '@/server/lib/keys'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { readPrivateKey } from '@/server/ssh/private-key'
import { type SealedSecret, type SecretPlace, seal, unseal } from './cipher'
import { credentialColumns, credentialView } from './queries'
import type {
  addAgentInput,
  addCredentialInput,
  addCredentialOutput,
  listCredentialsOutput,
  removeCredentialInput,
} from './schema'

type Ctx = Pick<ServiceContext, 'db' | 'actor'>

/** Every stored key by name, public parts only. */
export async function listCredentials(
  ctx: Pick<ServiceContext, 'db'>,
): Promise<z.infer<typeof listCredentialsOutput>> {
  const rows = await ctx.db.credential.findMany({ select: credentialColumns, orderBy: { name: 'asc' } })
  return { credentials: rows.map(credentialView) }
}

/** Reads a pasted private key, seals it for its row, and stores it. It never comes out again but on the way to a host. */
export async function addCredential(
  ctx: Ctx,
  input: z.infer<typeof addCredentialInput>,
): Promise<z.infer<typeof addCredentialOutput>> {
  const read = readPrivateKey(input.privateKey, input.passphrase || undefined)
  if (read.type === 'refused') return read
  const { name } = input
  const { text, ...publicParts } = read.key
  return save(ctx, { name, kind: 'key', ...publicParts }, (place) => seal(newestCredentialKey(), place, text))
}

/** Lets hosts be reached with the keys of the ssh-agent that SSH_AUTH_SOCK names on each of Daxfleet's machines. */
export async function addAgent(
  ctx: Ctx,
  { name }: z.infer<typeof addAgentInput>,
): Promise<z.infer<typeof addCredentialOutput>> {
  if (config().sshAuthSock === undefined) {
    return {
      type: 'refused',
      message: 'There is no ssh-agent here: SSH_AUTH_SOCK is not set for Daxfleet.',
      next: 'Start Daxfleet with SSH_AUTH_SOCK set to the socket of an ssh-agent.',
    }
  }
  return save(
    ctx,
    { name, kind: 'agent', algorithm: 'ssh-agent', fingerprint: '', publicKey: '' },
    () => ({}),
  )
}

async function save(
  ctx: Ctx,
  shown: { name: string; kind: 'key' | 'agent'; algorithm: string; fingerprint: string; publicKey: string },
  sealFor: (place: SecretPlace) => SealedSecret | Record<string, never>,
): Promise<z.infer<typeof addCredentialOutput>> {
  const { name, kind, algorithm, fingerprint } = shown
  const id = randomUUID()
  return ctx.db.$transaction(async (tx) => {
    const taken = await tx.credential.findUnique({ where: { name }, select: { id: true } })
    if (taken !== null) {
      return {
        type: 'refused' as const,
        message: `There is a key named "${name}" already.`,
        next: 'Give this one another name.',
      }
    }
    // A rotation that is under way comes to its end first; what is sealed now is sealed with the newest key.
    await tx.$executeRaw`LOCK TABLE "Credential" IN ROW EXCLUSIVE MODE`
    const row = await tx.credential.create({
      data: { id, ...shown, ...sealFor({ id, name }), createdBy: ctx.actor.id },
      select: credentialColumns,
    })
    const detail = { name, kind, algorithm, fingerprint }
    await recordAudit(tx, ctx.actor, 'credential.added', 'credential', id, detail)
    return { type: 'added' as const, credential: credentialView(row) }
  }, transactionLimits)
}

/** Forgets a key that no host uses any more. Throws DomainError when it is gone. */
export async function removeCredential(
  ctx: Ctx,
  { credentialId }: z.infer<typeof removeCredentialInput>,
): Promise<{ type: 'done' } | { type: 'refused'; message: string; next: string }> {
  return ctx.db.$transaction(async (tx) => {
    const row = await tx.credential.findUnique({ where: { id: credentialId }, select: credentialColumns })
    if (row === null) throw notFound('key')
    const hosts = row._count.hosts
    if (hosts > 0) {
      return {
        type: 'refused' as const,
        message: `"${row.name}" is in use by ${hosts === 1 ? 'a host' : `${hosts} hosts`}.`,
        next: 'Give those hosts another key first.',
      }
    }
    await tx.credential.delete({ where: { id: credentialId } })
    const { name, fingerprint } = row
    await recordAudit(tx, ctx.actor, 'credential.removed', 'credential', credentialId, { name, fingerprint })
    return { type: 'done' as const }
  }, transactionLimits)
}

/** What of a credential's row its private key is opened with. */
export type SealedCredential = Pick<
  Credential,
  'id' | 'name' | 'kind' | 'ciphertext' | 'iv' | 'tag' | 'keyVersion'
>

/** Opens a stored key for a connection. Throws UnsealError, with what to do, when it cannot be opened. */
export function openPrivateKey(credential: SealedCredential): string {
  const { ciphertext, iv, tag, keyVersion } = credential
  if (ciphertext === null || iv === null || tag === null) throw new Error(`${credential.id} holds no key.`)
  return unseal(credentialKeyOf(keyVersion), credential, { ciphertext, iv, tag, keyVersion })
}
