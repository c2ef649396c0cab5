import { generateKeyPairSync } from 'node:crypto'
import type { PublicKeyAuthMethod } from 'ssh2'
import { expect, it } from 'vitest'
import { authenticationOf } from '@/server/ssh/authentication'

it('makes no SHA-1 signature with an RSA key, whatever the server knows', () => {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  const { authHandler } = authenticationOf({ username: 'root', privateKey })
  const [method] = authHandler as PublicKeyAuthMethod[]
  const key = method?.key
  if (typeof key !== 'object' || Buffer.isBuffer(key)) throw new Error('no parsed key')
  expect(key.sign('x', 'sha256')).toBeInstanceOf(Buffer)
  expect(key.sign('x', 'sha512')).toBeInstanceOf(Buffer)
  // This is how ssh2 asks for ssh-rsa (SHA-1).
  for (const algorithm of ['sha1', undefined]) expect(key.sign('x', algorithm)).toBeInstanceOf(Error)
})
