import { utils } from 'ssh2'
import { expect, it } from 'vitest'
import { createHostKey, createLabKey, fingerprintOf } from '@/scripts/lab/keys'

it('makes a private key that an SSH client reads, with its public half', () => {
  const key = createLabKey('a comment')
  const parsed = utils.parseKey(key.privateKey)
  if (parsed instanceof Error) throw parsed
  expect(parsed.type).toBe('ssh-ed25519')
  expect(parsed.isPrivateKey()).toBe(true)
  expect(parsed.comment).toBe('a comment')
  expect(key.publicKey).toBe(`ssh-ed25519 ${parsed.getPublicSSH().toString('base64')} a comment`)
})

it('names a host key by the fingerprint of the very key it publishes', () => {
  const key = createHostKey()
  const blob = Buffer.from(key.publicKey.split(' ')[1] ?? '', 'base64')
  expect(key.fingerprint).toBe(fingerprintOf(blob))
  expect(key.fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/)
  expect(createHostKey().fingerprint).not.toBe(key.fingerprint)
})
