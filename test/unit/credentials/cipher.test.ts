import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { seal, UnsealError, unseal } from '@/server/credentials/cipher'

const key = randomBytes(32)
const place = { id: '0b0c8c3e-7d0f-4f0a-8a53-0f4f1c1f2a55', name: 'fleet key' }
const secret = '-----BEGIN OPENSSH PRIVATE KEY-----\nü…\n'

/** The same bytes with one bit turned. */
const flipped = (bytes: Uint8Array<ArrayBuffer>) =>
  bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte))

describe('sealing a secret', () => {
  it('gives it back for the same row and key', () => {
    expect(unseal(key, place, seal({ version: 1, key }, place, secret))).toBe(secret)
  })

  it('never looks the same twice', () => {
    expect(seal({ version: 1, key }, place, secret).ciphertext).not.toEqual(
      seal({ version: 1, key }, place, secret).ciphertext,
    )
  })

  it.each(['ciphertext', 'iv', 'tag'] as const)('notices a changed %s', (part) => {
    const sealed = seal({ version: 1, key }, place, secret)
    expect(() => unseal(key, place, { ...sealed, [part]: flipped(sealed[part]) })).toThrow(UnsealError)
  })

  it('opens for no other row, key or version', () => {
    const sealed = seal({ version: 1, key }, place, secret)
    expect(() => unseal(key, { ...place, id: 'another' }, sealed)).toThrow(UnsealError)
    expect(() => unseal(key, { ...place, name: 'another' }, sealed)).toThrow(UnsealError)
    expect(() => unseal(randomBytes(32), place, sealed)).toThrow(UnsealError)
    expect(() => unseal(key, place, { ...sealed, keyVersion: 2 })).toThrow(UnsealError)
  })

  it('takes no shortened tag', () => {
    const sealed = seal({ version: 1, key }, place, secret)
    expect(() => unseal(key, place, { ...sealed, tag: sealed.tag.slice(0, 12) })).toThrow(UnsealError)
  })
})
