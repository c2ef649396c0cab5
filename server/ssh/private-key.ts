import { createPrivateKey, createPublicKey, type KeyObject, randomBytes } from 'node:crypto'
import ssh2, { type ParsedKey } from 'ssh2'
import { hostKeyOf } from './host-key'

/** A private key ready to authenticate with, and what of it people may see. */
interface PrivateKey {
  /** OpenSSH or PEM text without passphrase. */
  text: string
  /** e.g. `ssh-ed25519` */
  algorithm: string
  /** `SHA256:…` */
  fingerprint: string
  /** The authorized_keys line without comment. */
  publicKey: string
}

export type PrivateKeyResult =
  | { type: 'key'; key: PrivateKey }
  | { type: 'refused'; message: string; next: string }

const refused = (message: string, next: string): PrivateKeyResult => ({ type: 'refused', message, next })

/**
 * Reads a pasted private key: ed25519, ECDSA or RSA, in OpenSSH, PEM or PKCS#8 form, with or without passphrase.
 * The passphrase is used here and forgotten. A fault comes back as a sentence, never thrown.
 */
export function readPrivateKey(pasted: string, passphrase?: string): PrivateKeyResult {
  const text = `${pasted.replaceAll('\r', '').trim()}\n`
  const wrongThing = notAPrivateKey(text)
  if (wrongThing !== null) return wrongThing
  const usable = /BEGIN (ENCRYPTED )?PRIVATE KEY/.test(text)
    ? fromPkcs8(text, passphrase)
    : fromSsh(text, passphrase)
  return typeof usable === 'string' ? describe(usable) : usable
}

function notAPrivateKey(text: string): PrivateKeyResult | null {
  if (/-cert-v01@openssh\.com/.test(text)) {
    return refused(
      'That is an SSH certificate, which the SSH library cannot use.',
      'Paste the private key it belongs to, and put its public key into authorized_keys on the hosts.',
    )
  }
  if (/^(ssh-|ecdsa-|sk-)/.test(text) || /BEGIN (SSH2 )?PUBLIC KEY/.test(text)) {
    return refused('That is a public key.', 'Paste the private one (the file without .pub).')
  }
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return refused(
      'That is no private key.',
      'Paste the whole file, from -----BEGIN … PRIVATE KEY----- to -----END … PRIVATE KEY-----.',
    )
  }
  return null
}

const needsPassphrase = () => refused('The key is protected by a passphrase.', 'Enter its passphrase.')
const wrongPassphrase = () =>
  refused('The passphrase does not open the key.', 'Check the passphrase and the key file.')

/** OpenSSH and traditional PEM forms, which ssh2 reads; returns text without passphrase. */
function fromSsh(text: string, passphrase: string | undefined): string | PrivateKeyResult {
  const parsed = ssh2.utils.parseKey(text, passphrase)
  if (!(parsed instanceof Error)) {
    const [key] = Array.isArray(parsed) ? parsed : [parsed]
    if (key === undefined) return refused('The file holds no key.', 'Paste the whole private key file.')
    return passphrase === undefined ? text : withoutPassphrase(key)
  }
  if (/no passphrase given/i.test(parsed.message)) return needsPassphrase()
  if (/integrity check failed|bad passphrase|decrypt/i.test(parsed.message)) return wrongPassphrase()
  return refused(
    'The private key cannot be read: it is damaged, or of a kind that is not supported.',
    'Use ed25519, ECDSA or RSA (ssh-keygen -t ed25519), and paste the whole file.',
  )
}

function withoutPassphrase(key: ParsedKey): string | PrivateKeyResult {
  return usableText(createPrivateKey(key.getPrivatePEM()))
}

function fromPkcs8(text: string, passphrase: string | undefined): string | PrivateKeyResult {
  if (/BEGIN ENCRYPTED/.test(text) && passphrase === undefined) return needsPassphrase()
  try {
    return usableText(createPrivateKey(passphrase === undefined ? text : { key: text, passphrase }))
  } catch {
    return passphrase === undefined
      ? refused('The private key cannot be read: it is damaged.', 'Paste the whole file.')
      : wrongPassphrase()
  }
}

/** The forms ssh2 takes: PKCS#1 for RSA, SEC 1 for ECDSA, OpenSSH's own for ed25519. */
function usableText(key: KeyObject): string | PrivateKeyResult {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.export({ type: 'pkcs1', format: 'pem' }).toString()
    case 'ec':
      return key.export({ type: 'sec1', format: 'pem' }).toString()
    case 'ed25519':
      return openSshEd25519(key)
    default:
      return refused(
        `Keys of type ${key.asymmetricKeyType ?? 'unknown'} are not supported.`,
        'Use ed25519, ECDSA or RSA (ssh-keygen -t ed25519).',
      )
  }
}

/** openssh-key-v1 without cipher (PROTOCOL.key in OpenSSH's sources). */
function openSshEd25519(key: KeyObject): string {
  const { d = '', x = '' } = key.export({ format: 'jwk' })
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  const name = field('ssh-ed25519')
  const publicBlob = Buffer.concat([name, field(point)])
  const check = randomBytes(4)
  const plain = Buffer.concat([
    check,
    check,
    name,
    field(point),
    field(Buffer.concat([seed, point])),
    field(''),
  ])
  const padding = Buffer.from(Array.from({ length: (8 - (plain.length % 8)) % 8 }, (_, index) => index + 1))
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...[field('none'), field('none'), field('')],
    Buffer.from([0, 0, 0, 1]),
    field(publicBlob),
    field(Buffer.concat([plain, padding])),
  ])
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? []
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`
}

/** A string of RFC 4251 §5: length, then bytes. */
function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

const supported = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))$/

function describe(text: string): PrivateKeyResult {
  const parsed = ssh2.utils.parseKey(text)
  const key = parsed instanceof Error ? undefined : Array.isArray(parsed) ? parsed[0] : parsed
  if (key === undefined || !supported.test(key.type)) {
    return refused(
      `Keys of type ${key?.type ?? 'unknown'} are not supported.`,
      'Use ed25519, ECDSA or RSA (ssh-keygen -t ed25519).',
    )
  }
  const blob = key.getPublicSSH()
  // Fails here, not at the first host, when the private half does not belong to the public one.
  createPublicKey(key.getPublicPEM())
  const { fingerprint } = hostKeyOf(blob)
  return {
    type: 'key',
    key: { text, algorithm: key.type, fingerprint, publicKey: `${key.type} ${blob.toString('base64')}` },
  }
}
