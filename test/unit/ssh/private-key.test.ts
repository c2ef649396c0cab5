import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { utils } from 'ssh2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPrivateKey } from '@/server/ssh/private-key'

const passphrase = 'correct horse'
let folder: string

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'daxfleet keys '))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A key as ssh-keygen makes it, and its fingerprint as ssh-keygen prints it. */
function generate(name: string, args: string[], secret = ''): { text: string; fingerprint: string } {
  const file = path.join(folder, name)
  execFileSync('ssh-keygen', ['-q', '-f', file, '-N', secret, ...args])
  const [, fingerprint = ''] = execFileSync('ssh-keygen', ['-lf', `${file}.pub`])
    .toString()
    .split(' ')
  return { text: readFileSync(file, 'utf8'), fingerprint }
}

const kinds: [string, string[]][] = [
  ['ed25519', ['-t', 'ed25519']],
  ['ecdsa', ['-t', 'ecdsa']],
  ['rsa', ['-t', 'rsa', '-b', '2048']],
  ['rsa-pem', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
  ['ecdsa-pkcs8', ['-t', 'ecdsa', '-m', 'PKCS8']],
]

describe('reading a pasted private key', () => {
  it.each(kinds)('takes %s without passphrase', (name, args) => {
    const { text, fingerprint } = generate(name, args)
    const result = readPrivateKey(text)
    expect(result).toMatchObject({ type: 'key', key: { fingerprint } })
  })

  it.each(kinds)('opens %s with its passphrase and keeps it open', (name, args) => {
    const { text, fingerprint } = generate(`${name}-locked`, args, passphrase)
    expect(readPrivateKey(text)).toMatchObject({
      type: 'refused',
      message: expect.stringContaining('passphrase'),
    })
    expect(readPrivateKey(text, 'wrong')).toMatchObject({
      type: 'refused',
      message: expect.stringContaining('does not open'),
    })
    const result = readPrivateKey(text, passphrase)
    if (result.type !== 'key') throw new Error(result.message)
    expect(result.key.fingerprint).toBe(fingerprint)
    expect(utils.parseKey(result.key.text)).not.toBeInstanceOf(Error)
  })

  it('survives Windows line ends and blanks around it', () => {
    const { text } = generate('crlf', ['-t', 'ed25519'])
    expect(readPrivateKey(`\r\n  ${text.replaceAll('\n', '\r\n')}\r\n`).type).toBe('key')
  })

  it('says what it is when it is no private key', () => {
    const { text } = generate('whole', ['-t', 'ed25519'])
    const refusals = {
      'public key': readFileSync(path.join(folder, 'whole.pub'), 'utf8'),
      'no private key': 'hello',
      certificate: 'ssh-ed25519-cert-v01@openssh.com AAAA',
      damaged: text
        .replace(/[A-Z]{4}\n/, '\n')
        .slice(0, 200)
        .concat('\n-----END OPENSSH PRIVATE KEY-----'),
    }
    for (const [word, pasted] of Object.entries(refusals)) {
      expect(readPrivateKey(pasted)).toMatchObject({
        type: 'refused',
        message: expect.stringContaining(word),
      })
    }
  })
})
