import type { Credential } from '@/prisma/generated/client'
import { UnsealError } from '@/server/credentials/cipher'
import { openPrivateKey } from '@/server/credentials/service'
import { notFound } from '@/server/lib/domain-error'
import type { ServiceContext } from '@/server/lib/service-context'
import { ContactError, type SshTarget } from '@/server/ssh/target'

/**
 * All that is needed to reach a host, its private key decrypted. Throws DomainError when the host is gone and
 * ContactError when it has no usable credential.
 */
export async function loadTarget(ctx: Pick<ServiceContext, 'db'>, hostId: string): Promise<SshTarget> {
  const host = await ctx.db.host.findUnique({
    where: { id: hostId },
    include: { credential: true, keys: { where: { status: 'trusted' } } },
  })
  if (host === null) throw notFound('host')
  if (host.credential === null)
    throw new ContactError(
      'auth_refused',
      `${host.name} has no SSH key assigned.`,
      'Choose a key for it on its page.',
    )
  return {
    hostId: host.id,
    name: host.name,
    address: host.address,
    port: host.port,
    username: host.username,
    privateKey: open(host.credential),
    trustedKeys: host.keys.map(({ algorithm, publicKey, fingerprint }) => ({
      algorithm,
      publicKey,
      fingerprint,
    })),
  }
}

function open(credential: Credential): string {
  try {
    return openPrivateKey(credential)
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error
    throw new ContactError('auth_refused', error.message, 'Restore that file, or add the key again.')
  }
}
