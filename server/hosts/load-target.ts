import type { Credential, Host, HostKey } from '@/prisma/generated/client'
import { UnsealError } from '@/server/credentials/cipher'
import { openPrivateKey } from '@/server/credentials/service'
import { config } from '@/server/lib/config'
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
  return targetOf(host)
}

type Reached = Host & { credential: Credential | null; keys: HostKey[] }

/** How a host is reached with the credential it is given here. Throws ContactError when there is none to use. */
export function targetOf(host: Reached): SshTarget {
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
    ...wayIn(host.credential),
    trustedKeys: host.keys.map(({ algorithm, publicKey, fingerprint }) => ({
      algorithm,
      publicKey,
      fingerprint,
    })),
  }
}

function wayIn(credential: Credential): Pick<SshTarget, 'privateKey' | 'agentSocket'> {
  if (credential.kind === 'agent') return { privateKey: '', agentSocket: agentSocket() }
  try {
    return { privateKey: openPrivateKey(credential) }
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error
    throw new ContactError('auth_refused', error.message, 'Restore that file, or add the key again.')
  }
}

/** From the settings of this machine and nowhere else: no row can make Daxfleet open a socket of its choice. */
function agentSocket(): string {
  const { sshAuthSock } = config()
  if (sshAuthSock !== undefined) return sshAuthSock
  throw new ContactError(
    'auth_refused',
    'This credential is the ssh-agent, and there is none here: SSH_AUTH_SOCK is not set for Daxfleet.',
    'Start Daxfleet with SSH_AUTH_SOCK set to the socket of an ssh-agent, or give the host a stored key.',
  )
}
