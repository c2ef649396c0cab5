import { createPublicKey, sign } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { decryptGcm, deriveKey, ed25519KeyOf, encryptGcm, hmac } from '@/server/lib/primitives'
import { totpOf } from '../../support/totp'

const hex = (text: string) => Buffer.from(text, 'hex')

describe('AES-256-GCM', () => {
  // The Galois/Counter Mode of Operation (McGrew, Viega), appendix B, test case 16.
  const key = hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308')
  const iv = hex('cafebabefacedbaddecaf888')
  const associated = hex('feedfacedeadbeeffeedfacedeadbeefabaddad2')
  const plaintext = hex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  )
  const sealed = {
    ciphertext: hex(
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
    ),
    tag: hex('76fc6ece0f4e1768cddf8853bb2d551b'),
  }

  it('is that of its authors, there and back', () => {
    expect(encryptGcm(key, iv, associated, plaintext)).toEqual(sealed)
    expect(decryptGcm(key, iv, associated, sealed)).toEqual(plaintext)
  })

  it('takes nothing altered, and no shortened tag', () => {
    const turned = (bytes: Buffer) => Buffer.concat([Buffer.from([(bytes[0] ?? 0) ^ 1]), bytes.subarray(1)])
    for (const altered of [
      { ...sealed, ciphertext: turned(sealed.ciphertext) },
      { ...sealed, tag: turned(sealed.tag) },
      { ...sealed, tag: sealed.tag.subarray(0, 12) },
    ])
      expect(() => decryptGcm(key, iv, associated, altered)).toThrow()
    expect(() => decryptGcm(key, iv, turned(associated), sealed)).toThrow()
  })
})

describe('HMAC', () => {
  const parts = ['what do ya ', Buffer.from('want for '), 'nothing?'] as const

  it('is that of RFC 4231 with SHA-256 (test case 2), in parts', () => {
    expect(hmac('sha256', Buffer.from('Jefe'), ...parts).toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
  })

  it('is that of RFC 2202 with SHA-1 (test case 2)', () => {
    expect(hmac('sha1', Buffer.from('Jefe'), ...parts).toString('hex')).toBe(
      'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
    )
  })
})

it('derives keys as RFC 5869 does without salt (test case 3, of which these are the first 32 bytes)', () => {
  expect(deriveKey(Buffer.alloc(22, 0x0b), '').toString('hex')).toBe(
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d',
  )
})

it('makes the Ed25519 key of RFC 8032 (test 2), and its signature', () => {
  const key = ed25519KeyOf(hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'))
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  expect(spki.subarray(-32).toString('hex')).toBe(
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  )
  expect(sign(null, hex('72'), key).toString('hex')).toBe(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  )
})

describe('the codes that second factors are tested with', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  // RFC 6238, appendix B, SHA-1: its codes have eight digits, of which the last six are the code of six.
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_234_567_890, '005924'],
    [20_000_000_000, '353130'],
  ])('are those of RFC 6238 at %i seconds', (seconds, code) => {
    vi.setSystemTime(seconds * 1000)
    expect(totpOf('otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')).toBe(code)
  })
})
