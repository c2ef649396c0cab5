import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { Credential } from '@/prisma/generated/client'
import { recordAudit } from '@/server/audit/record'
import { notFound } from '@/server/lib/domain-error'
import { loadCredentialKey } from '@/server/lib/keys'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { readPrivateKey } from '@/server/ssh/private-key'
import { seal, unseal } from './cipher'
import { credentialColumns, credentialView } from './queries'
import type {
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
  const id = randomUUID()
  const sealed = seal(loadCredentialKey(), { id, name }, text)
  return ctx.db.$transaction(async (tx) => {
    const taken = await tx.credential.findUnique({ where: { name }, select: { id: true } })
    if (taken !== null) {
      return {
        type: 'refused' as const,
        message: `There is a key named "${name}" already.`,
        next: 'Give this one another name.',
      }
    }
    const row = await tx.credential.create({
      data: { id, name, ...publicParts, ...sealed, createdBy: ctx.actor.id },
      select: credentialColumns,
    })
    const { algorithm, fingerprint } = publicParts
    await recordAudit(tx, ctx.actor, 'credential.added', 'credential', id, { name, algorithm, fingerprint })
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

/** Opens a stored key for a connection. Throws UnsealError, with what to do, when it cannot be opened. */
export function openPrivateKey(credential: Credential): string {
  return unseal(loadCredentialKey(), credential, credential)
}
