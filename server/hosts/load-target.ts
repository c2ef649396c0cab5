import type { Credential, Host, HostKey } from '@/prisma/generated/client'
import { UnsealError } from '@/server/credentials/cipher'
import { openPrivateKey } from '@/server/credentials/service'
import { config } from '@/server/lib/config'
import { notFound } from '@/server/lib/domain-error'
import type { ServiceContext } from '@/server/lib/service-context'
import { ContactError, type SshTarget } from '@/server/ssh/target'

/** Nobody has as many; a chain is no longer than what a person can follow. */
export const maxJumps = 8

/**
 * All that is needed to reach a host, its private key decrypted, and the same of the hosts it is reached through. Throws
 * DomainError when the host is gone and ContactError when one of them has no usable credential.
 */
export async function loadTarget(
  ctx: Pick<ServiceContext, 'db'>,
  hostId: string,
  passed: readonly string[] = [],
): Promise<SshTarget> {
  const host = await ctx.db.host.findUnique({
    where: { id: hostId },
    include: { credential: true, keys: { where: { status: 'trusted' } } },
  })
  if (host === null) throw notFound('host')
  const target = targetOf(host)
  if (host.jumpHostId === null) return target
  // Refused where jump hosts are chosen; two people choosing at once must not send a worker round for ever.
  if (passed.length >= maxJumps || passed.includes(host.jumpHostId) || host.jumpHostId === hostId)
    throw new ContactError(
      'unreachable',
      `${host.name} is reached through hosts that lead back to it, or through more than ${maxJumps}.`,
      'Choose another jump host on its Access tab.',
    )
  return { ...target, via: await loadTarget(ctx, host.jumpHostId, [...passed, hostId]) }
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
