import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createLog, textOf } from '@/server/lib/log'
import { logConsole } from '@/server/lib/log-console'
import { keepSecret, redact } from '@/server/lib/redact'
import { faultText } from '@/server/lib/web-log'

let folder: string
let privateKey: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'daxfleet redact '))
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(folder, 'key')])
  privateKey = readFileSync(path.join(folder, 'key'), 'utf8')
})
afterAll(() => rmSync(folder, { recursive: true }))

const token = 'dxf_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6'
const password = 'hunter2-hunter2'
const link = 'c2VjcmV0LXRva2VuLW9mLWEtbGluaw'

/** Ways a secret gets into a line: what it says, and the part that must not be there. */
const leaks = (): [text: string, secret: string][] => {
  const middle = privateKey.split('\n')[2] ?? ''
  return [
    [privateKey, middle],
    [JSON.stringify({ key: privateKey }), middle],
    [privateKey.slice(0, 200), privateKey.split('\n')[1]?.slice(20, 60) ?? ''],
    [privateKey.slice(36), middle],
    [`connect to postgres://daxfleet:${password}@127.0.0.1:5432/daxfleet failed`, password],
    [`Authorization: Bearer ${token}`, token],
    [`token ${token} is not valid`, token],
    [`{"passphrase":"${password}","name":"x"}`, password],
    [`passphrase=${password}`, password],
    [`Cookie: daxfleet.session_token=${link}; theme=dark`, link],
    [`http://127.0.0.1:3000/enter#${link}`, link],
  ]
}

it('takes every kind of secret out of a text, and leaves the rest', () => {
  for (const [text, secret] of leaks()) {
    expect(secret.length).toBeGreaterThan(10)
    expect(redact(text), text).not.toContain(secret)
  }
  const harmless = 'db-01 (root@10.0.0.1:22) refused the key. SHA256:abc/def+ghi; job 3f0c digest 9ab1'
  expect(redact(harmless)).toBe(harmless)
})

it('knows by heart what it was told, and never throws', () => {
  keepSecret('MDEyMzQ1Njc4OWFiY2RlZg')
  expect(redact('sealed with MDEyMzQ1Njc4OWFiY2RlZg.')).toBe('sealed with [redacted].')
  fc.assert(fc.property(fc.string({ maxLength: 400 }), (text) => redact(redact(text)) === redact(text)))
})

it('lets no secret out by any way into the log', () => {
  const lines: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0)
  const before = { error: console.error, warn: console.warn }
  try {
    const log = createLog('debug', { process: 'worker' })
    logConsole()
    for (const [text] of leaks()) {
      const error = new Error(text, { cause: new Error(text) })
      log('error', text)
      log('info', 'a task failed', { why: textOf(error), payload: JSON.stringify({ text }) })
      log('error', 'incident', { why: faultText(error) })
      log('warn', 'nested', { why: faultText({ request: { body: { text } } }) })
      console.error('a fault:', error)
      console.warn(text)
    }
  } finally {
    write.mockRestore()
    Object.assign(console, before)
  }
  expect(lines).toHaveLength(leaks().length * 6)
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(String) })
  const all = lines.join('')
  for (const [text, secret] of leaks()) expect(all.includes(secret), text).toBe(false)
})
