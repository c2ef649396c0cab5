import { randomBytes } from 'node:crypto'
import { type CredentialKey, credentialKeyName } from '@/server/lib/keys'
import { decryptGcm, encryptGcm } from '@/server/lib/primitives'

/** What is stored of a secret: useless without the key, and good for one row only. */
export interface SealedSecret {
  ciphertext: Uint8Array<ArrayBuffer>
  /** 96 bits, fresh for every sealing (NIST SP 800-38D §8.2.2). */
  iv: Uint8Array<ArrayBuffer>
  tag: Uint8Array<ArrayBuffer>
  keyVersion: number
}

/** The row a secret belongs to; sealed into it, so that it cannot be moved to another row. */
export interface SecretPlace {
  id: string
  name: string
}

/** A stored secret cannot be opened: wrong key, another row's, or altered. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError'
}

/** Encrypts a secret for one row with AES-256-GCM. */
export function seal({ key, version }: CredentialKey, place: SecretPlace, secret: string): SealedSecret {
  const iv = randomBytes(12)
  const { ciphertext, tag } = encryptGcm(key, iv, associatedData(place, version), Buffer.from(secret, 'utf8'))
  return {
    ciphertext: new Uint8Array(ciphertext),
    iv: new Uint8Array(iv),
    tag: new Uint8Array(tag),
    keyVersion: version,
  }
}

/**
 * Decrypts what `seal` made for the same row, with the key of the version it names; null when that key is not here.
 * Throws UnsealError, saying nothing of the content.
 */
export function unseal(key: Buffer | null, place: SecretPlace, sealed: SealedSecret): string {
  try {
    if (key === null) throw new Error('no such key')
    return decryptGcm(key, sealed.iv, associatedData(place, sealed.keyVersion), sealed).toString('utf8')
  } catch (error) {
    const file = `DATA_DIR/keys/${credentialKeyName(sealed.keyVersion)}`
    throw new UnsealError(
      key === null
        ? `The stored key "${place.name}" cannot be opened: ${file} is not here. Restore it from where your keys are kept, or enter the key again.`
        : `The stored key "${place.name}" cannot be opened: ${file} is not the one it was stored with, or the row was altered. Restore that file, or enter the key again.`,
      { cause: error },
    )
  }
}

function associatedData({ id, name }: SecretPlace, keyVersion: number): Buffer {
  return Buffer.from(JSON.stringify(['credential', keyVersion, id, name]))
}
