import type { z } from 'zod'
import { recordAudit } from '@/server/audit/record'
import { targetOf } from '@/server/hosts/load-target'
import { config } from '@/server/lib/config'
import { deadlineSignal } from '@/server/lib/deadline'
import { notFound } from '@/server/lib/domain-error'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { Connection } from '@/server/ssh/connection'
import { ContactError, type ContactErrorKind } from '@/server/ssh/target'
import type { testCredentialInput, testCredentialOutput } from './schema'

type Outcome = z.infer<typeof testCredentialOutput>
type Step = Extract<Outcome, { type: 'failed' }>['step']

/** Which step a contact that failed did not get past. */
const stepOf: Partial<Record<ContactErrorKind, Step>> = {
  key_review: 'host_key',
  key_changed: 'host_key',
  auth_refused: 'sign_in',
}

/**
 * Tries a credential on a host, from the machine the web server runs on: connects, compares the host's key, signs in,
 * and leaves. Nothing is run over there, and the host's state stays as it is.
 */
export async function testCredential(
  ctx: Pick<ServiceContext, 'db' | 'actor'>,
  { credentialId, hostId }: z.infer<typeof testCredentialInput>,
): Promise<Outcome> {
  const [credential, host] = await Promise.all([
    ctx.db.credential.findUnique({ where: { id: credentialId } }),
    ctx.db.host.findUnique({ where: { id: hostId }, include: { keys: { where: { status: 'trusted' } } } }),
  ])
  if (credential === null) throw notFound('key')
  if (host === null) throw notFound('host')
  const outcome = await attempt(() => targetOf({ ...host, credential }))
  await ctx.db.$transaction(async (tx) => {
    const result = outcome.type === 'passed' ? 'passed' : outcome.step
    const detail = { name: credential.name, host: host.name, hostId, result }
    await recordAudit(tx, ctx.actor, 'credential.tested', 'credential', credentialId, detail)
  }, transactionLimits)
  return outcome
}

async function attempt(target: () => Parameters<typeof Connection.open>[0]): Promise<Outcome> {
  const connectMs = config().sshConnectSeconds * 1000
  try {
    const connection = await Connection.open(target(), {
      connectMs,
      signal: deadlineSignal(connectMs + 1_000),
    })
    connection.close()
    return { type: 'passed' }
  } catch (error) {
    if (!(error instanceof ContactError)) throw error
    return {
      type: 'failed',
      step: stepOf[error.kind] ?? 'connect',
      message: error.message,
      next: error.next,
    }
  }
}
