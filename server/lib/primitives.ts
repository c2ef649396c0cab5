import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'

// What is built of cryptography stands on these few, each held against its standard's own examples.

const gcmTagBytes = 16

/** AES-256-GCM (NIST SP 800-38D): `key` of 32 bytes, `iv` of 12, never twice under one key. */
export function encryptGcm(
  key: Buffer,
  iv: Uint8Array,
  associatedData: Uint8Array,
  plaintext: Uint8Array,
): { ciphertext: Buffer; tag: Buffer } {
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(associatedData)
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return { ciphertext, tag: cipher.getAuthTag() }
}

/** The other way. Throws when anything of it was altered, or the tag is not whole: a short one is guessed sooner. */
export function decryptGcm(
  key: Buffer,
  iv: Uint8Array,
  associatedData: Uint8Array,
  { ciphertext, tag }: { ciphertext: Uint8Array; tag: Uint8Array },
): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: gcmTagBytes })
  decipher.setAAD(associatedData)
  decipher.setAuthTag(tag)
  return Buffer.concat([decipher.update(ciphertext), decipher.final()])
}

/** HMAC (RFC 2104) of the parts, one after the other. */
export function hmac(hash: 'sha1' | 'sha256', key: Uint8Array, ...parts: (Uint8Array | string)[]): Buffer {
  const mac = createHmac(hash, key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

/** HKDF with SHA-256 and no salt (RFC 5869): a key of 32 bytes for one purpose, which tells nothing of the others. */
export function deriveKey(secret: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))
}

/** RFC 8410: what precedes the 32 bytes of an Ed25519 private key in PKCS #8. */
const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The Ed25519 key (RFC 8032) of 32 secret bytes. */
export function ed25519KeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([ed25519Prefix, seed]), format: 'der', type: 'pkcs8' })
}
