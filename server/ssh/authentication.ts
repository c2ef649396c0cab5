import ssh2, { type ConnectConfig, type ParsedKey, type PublicKeyAuthMethod } from 'ssh2'
import type { SshTarget } from './target'

/** What ssh2 signs in with: the agent's keys, or this one. Throws what ssh2 says of a key it cannot read. */
export function authenticationOf({
  username,
  privateKey,
  agentSocket,
}: Pick<SshTarget, 'username' | 'privateKey' | 'agentSocket'>): Pick<
  ConnectConfig,
  'agent' | 'privateKey' | 'authHandler'
> {
  if (agentSocket !== undefined) return { agent: agentSocket }
  const parsed = ssh2.utils.parseKey(privateKey)
  if (parsed instanceof Error) throw parsed
  const key = Array.isArray(parsed) ? parsed[0] : parsed
  if (key?.type !== 'ssh-rsa') return { privateKey }
  const method: PublicKeyAuthMethod = { type: 'publickey', username, key: withoutSha1(key) }
  return { authHandler: [method] }
}

/** With a server that knows nothing newer, ssh2 would sign with SHA-1 (RFC 8332 §1 says why not to). */
function withoutSha1(key: ParsedKey): ParsedKey {
  const sign = key.sign.bind(key)
  key.sign = (data, algorithm) =>
    algorithm === 'sha256' || algorithm === 'sha512'
      ? sign(data, algorithm)
      : refuse('the server takes RSA keys with SHA-1 only')
  return key
}

/** ssh2 hands an error that it is given instead of a signature on as it is. */
function refuse(why: string): never {
  return new Error(why) as never
}
