import type { z } from 'zod'
import { recordAudit } from '@/server/audit/record'
import { loadTarget } from '@/server/hosts/load-target'
import { config } from '@/server/lib/config'
import { notFound } from '@/server/lib/domain-error'
import { type ServiceContext, transactionLimits } from '@/server/lib/service-context'
import { SshPool } from '@/server/ssh/pool'
import { ContactError, type ContactErrorKind, type SshTarget } from '@/server/ssh/target'
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
 * Tries a credential on a host, from the machine the web server runs on: connects, through the host's jump hosts and with
 * their own credentials, compares the host's key, signs in, and leaves. Nothing is run, and no host's state changes.
 */
export async function testCredential(
  ctx: Pick<ServiceContext, 'db' | 'pg' | 'actor'>,
  { credentialId, hostId }: z.infer<typeof testCredentialInput>,
): Promise<Outcome> {
  const [credential, host] = await Promise.all([
    ctx.db.credential.findUnique({ where: { id: credentialId } }),
    ctx.db.host.findUnique({ where: { id: hostId }, select: { name: true } }),
  ])
  if (credential === null) throw notFound('key')
  if (host === null) throw notFound('host')
  const outcome = await attempt(() => loadTarget(ctx, hostId, credentialId))
  await ctx.db.$transaction(async (tx) => {
    const result = outcome.type === 'passed' ? 'passed' : outcome.step
    const detail = { name: credential.name, host: host.name, hostId, result }
    await recordAudit(tx, ctx.actor, 'credential.tested', 'credential', credentialId, detail)
  }, transactionLimits)
  return outcome
}

async function attempt(load: () => Promise<SshTarget>): Promise<Outcome> {
  // Of its own: a connection that stands already would prove nothing of this credential.
  const pool = new SshPool({ connectMs: config().sshConnectSeconds * 1000, idleMs: 1_000 })
  try {
    // The pool bounds the connection, so many times as there are hosts on the way.
    await pool.use(await load(), new AbortController().signal, async () => {})
    return { type: 'passed' }
  } catch (error) {
    if (!(error instanceof ContactError)) throw error
    return {
      type: 'failed',
      step: stepOf[error.kind] ?? 'connect',
      message: error.message,
      next: error.next,
    }
  } finally {
    await pool.close()
  }
}
