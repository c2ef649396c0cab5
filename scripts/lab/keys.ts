import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'

/** An ed25519 key pair in the shapes the lab needs. */
export interface LabKey {
  /** "OpenSSH private key" PEM, as `ssh -i` and ssh2 read it. */
  privateKey: string
  /** One line for authorized_keys. */
  publicKey: string
}

export interface HostKey {
  /** dropbear's own private key file. */
  dropbear: Buffer
  /** OpenSSH's: "OpenSSH private key" PEM. */
  openssh: string
  /** "ssh-ed25519 AAAA...", as in known_hosts after the host's name. */
  publicKey: string
  /** As `ssh-keygen -l` prints it: "SHA256:..." without padding. */
  fingerprint: string
}

const algorithm = 'ssh-ed25519'

/** A fresh key for logging in to lab guests. */
export function createLabKey(comment: string): LabKey {
  const { seed, point } = freshEd25519()
  return {
    privateKey: opensshPem(seed, point, comment),
    publicKey: `${algorithm} ${publicBlob(point).toString('base64')} ${comment}`,
  }
}

/** A fresh host key for a guest; made here and not in the guest, so that its fingerprint is known before first contact. */
export function createHostKey(): HostKey {
  return hostKeyFrom(freshEd25519())
}

/** The host key that these 32 bytes are the seed of, so that thousands of them need not be kept. */
export function hostKeyOf(seed: Buffer): HostKey {
  // RFC 8410: an ed25519 private key in PKCS#8 is this prefix and the seed.
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex')
  const key = createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' })
  return hostKeyFrom(partsOf(key))
}

function hostKeyFrom({ seed, point }: Parts): HostKey {
  const blob = publicBlob(point)
  return {
    dropbear: Buffer.concat([field(Buffer.from(algorithm)), field(Buffer.concat([seed, point]))]),
    openssh: opensshPem(seed, point, 'lab'),
    publicKey: `${algorithm} ${blob.toString('base64')}`,
    fingerprint: fingerprintOf(blob),
  }
}

/** SHA-256 fingerprint of a public key blob, in OpenSSH's notation. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** PROTOCOL.key of OpenSSH: magic, cipher, kdf, its options, number of keys, public part, private part. */
function opensshPem(seed: Buffer, point: Buffer, comment: string): string {
  const blob = publicBlob(point)
  const check = randomBytes(4)
  const secret = Buffer.concat([
    ...[check, check, blob, field(Buffer.concat([seed, point])), field(Buffer.from(comment))],
  ])
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1))
  const none = field(Buffer.from('none'))
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...[none, none, field(Buffer.alloc(0)), Buffer.from([0, 0, 0, 1])],
    ...[field(blob), field(Buffer.concat([secret, padding]))],
  ])
  const lines = body.toString('base64').replace(/.{70}/g, '$&\n').trimEnd()
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`
}

interface Parts {
  seed: Buffer
  point: Buffer
}

function freshEd25519(): Parts {
  return partsOf(generateKeyPairSync('ed25519').privateKey)
}

function partsOf(key: KeyObject): Parts {
  const { d, x } = key.export({ format: 'jwk' })
  if (d === undefined || x === undefined) throw new Error('Node made an ed25519 key without its parts')
  return { seed: Buffer.from(d, 'base64url'), point: Buffer.from(x, 'base64url') }
}

function publicBlob(point: Buffer): Buffer {
  return Buffer.concat([field(Buffer.from(algorithm)), field(point)])
}

/** A string of RFC 4251: length in four bytes, then the bytes. */
function field(data: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  return Buffer.concat([length, data])
}
