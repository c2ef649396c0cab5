import { UnsealError } from '@/server/credentials/cipher'
import { openPrivateKey, type SealedCredential } from '@/server/credentials/service'
import { config } from '@/server/lib/config'
import { notFound } from '@/server/lib/domain-error'
import type { ServiceContext } from '@/server/lib/service-context'
import { ContactError, type SshTarget } from '@/server/ssh/target'

/** Nobody has as many; a chain is no longer than what a person can follow. */
export const maxJumps = 8

/** Everything of one host and its credential in one statement: this is read four times in every conversion. */
const read = `
  SELECT h.name, h.address, h.port, h.username, h."jumpHostId",
    CASE WHEN c.id IS NOT NULL THEN json_build_object('id', c.id, 'name', c.name, 'kind', c.kind,
      'keyVersion', c."keyVersion") END AS credential, c.ciphertext, c.iv, c.tag,
    (SELECT coalesce(json_agg(json_build_object('algorithm', k.algorithm, 'publicKey', k."publicKey",
        'fingerprint', k.fingerprint)), '[]')
      FROM "HostKey" k WHERE k."hostId" = h.id AND k.status = 'trusted') AS "trustedKeys"
  FROM "Host" h LEFT JOIN "Credential" c ON c.id = coalesce($2::uuid, h."credentialId") WHERE h.id = $1::uuid`

type Secret = 'ciphertext' | 'iv' | 'tag'
type Reached = 'name' | 'address' | 'port' | 'username' | 'trustedKeys'

interface Read extends Pick<SshTarget, Reached>, Pick<SealedCredential, Secret> {
  jumpHostId: string | null
  credential: Omit<SealedCredential, Secret> | null
}

/**
 * All that is needed to reach a host, its private key decrypted, and the same of the hosts it is reached through; with
 * another credential than its own where one is named. Throws DomainError when the host is gone and ContactError when one
 * of them has no usable credential.
 */
export async function loadTarget(
  ctx: Pick<ServiceContext, 'pg'>,
  hostId: string,
  credentialId: string | null = null,
  passed: readonly string[] = [],
): Promise<SshTarget> {
  const host = (await ctx.pg.query<Read>(read, [hostId, credentialId])).rows[0]
  if (host === undefined) throw notFound('host')
  const { name, address, port, username, trustedKeys, jumpHostId, credential, ...sealed } = host
  if (credential === null)
    throw new ContactError(
      'auth_refused',
      `${name} has no SSH key assigned.`,
      'Choose a key for it on its page.',
    )
  const way = wayIn({ ...credential, ...sealed })
  const target = { hostId, name, address, port, username, ...way, trustedKeys }
  if (jumpHostId === null) return target
  // Refused where jump hosts are chosen; two people choosing at once must not send a worker round for ever.
  if (passed.length >= maxJumps || passed.includes(jumpHostId) || jumpHostId === hostId)
    throw new ContactError(
      'unreachable',
      `${name} is reached through hosts that lead back to it, or through more than ${maxJumps}.`,
      'Choose another jump host on its Access tab.',
    )
  return { ...target, via: await loadTarget(ctx, jumpHostId, null, [...passed, hostId]) }
}

function wayIn(credential: SealedCredential): Pick<SshTarget, 'privateKey' | 'agentSocket'> {
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
