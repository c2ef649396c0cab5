import { createHash } from 'node:crypto'
import type { HostKey } from './target'

/** Reads a public key blob as the server sent it (RFC 4253 §6.6: a string naming the algorithm comes first). */
export function hostKeyOf(blob: Buffer): HostKey {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0
  const algorithm = length > 0 && length <= 64 ? blob.subarray(4, 4 + length).toString('latin1') : ''
  return {
    algorithm: /^[a-z0-9@.-]+$/.test(algorithm) ? algorithm : 'unknown',
    publicKey: blob.toString('base64'),
    fingerprint: `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`,
  }
}

const offered = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const
export type HostKeyAlgorithm = (typeof offered)[number]

/**
 * The algorithms to ask a server for, those of its trusted keys first: a server with several keys must show the
 * one that was reviewed, or it would look changed. All stay on offer, so that a replaced key is seen, not "no match".
 */
export function hostKeyPreference(trusted: readonly HostKey[]): HostKeyAlgorithm[] {
  const known = new Set(
    trusted.flatMap(({ algorithm }) =>
      algorithm === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [algorithm],
    ),
  )
  return [...offered].sort((a, b) => Number(known.has(b)) - Number(known.has(a)))
}
