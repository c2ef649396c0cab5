import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigError, parseConfig } from '@/server/lib/config'
import { variables } from '@/server/lib/config-variables'

/** The text of `.env.example`: every variable commented out with its default, its help above it. */
function envExample(): string {
  const head =
    '# Everything Daxfleet can be told, with its default. Copy to .env and uncomment what you change.\n' +
    '# Keys are no settings: they are made on first start in DATA_DIR/keys, readable by this user only.\n'
  const blocks = Object.entries(variables).map(
    ([name, { help, fallback }]) => `\n# ${help}\n# ${name}=${fallback ?? ''}\n`,
  )
  return head + blocks.join('')
}

describe('the configuration', () => {
  it('has a default for everything', () => {
    const settings = parseConfig({}, '/srv/daxfleet')
    expect(settings).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      dataDir: '/srv/daxfleet/.data',
      databaseUrl: undefined,
      origin: 'http://127.0.0.1:3000',
    })
  })

  it('is described by .env.example, name by name', async () => {
    await expect(envExample()).toMatchFileSnapshot('../../../.env.example')
  })

  it('takes an empty value as not set', () => {
    expect(parseConfig({ PORT: '', DATABASE_URL: ' ' }, '/srv').port).toBe(3000)
  })

  it('answers loopback names and its own origin, and nothing else', () => {
    const settings = parseConfig(
      {
        PORT: '8080',
        DAXFLEET_ORIGIN: 'https://dax.example',
        DAXFLEET_ALLOWED_HOSTS: 'Dax.internal, 10.0.0.5:8080',
      },
      '/srv',
    )
    expect(settings.allowedHosts).toEqual([
      '127.0.0.1:8080',
      'localhost:8080',
      '[::1]:8080',
      'dax.example',
      'dax.internal',
      '10.0.0.5:8080',
    ])
    expect(settings.allowedOrigins).toContain('https://dax.example')
  })

  it.each([
    ['PORT', '80a', /^PORT must be a whole number/],
    ['PORT', '70000', /^PORT must be between 1 and 65535/],
    ['LOG_LEVEL', 'loud', /^LOG_LEVEL must be error, warn, info or debug/],
    ['DAXFLEET_ORIGIN', 'https://dax.example/path', /^DAXFLEET_ORIGIN must be scheme, host and port only/],
    ['DATABASE_URL', 'mysql://user:secret@db/x', /^DATABASE_URL must look like postgresql:/],
    ['DATABASE_URL', 'postgresql://user:secret@db', /^DATABASE_URL must name a database/],
    ['DAXFLEET_ALLOWED_HOSTS', 'a b', /^DAXFLEET_ALLOWED_HOSTS must be names/],
  ])('refuses %s=%s in one sentence that names it and shows no password', (name, value, sentence) => {
    const refusal = refused({ [name]: value })
    expect(refusal).toMatch(sentence)
    expect(refusal).not.toContain('secret')
    expect(refusal.split('\n')).toHaveLength(1)
  })

  it('names every bad variable at once', () => {
    expect(refused({ PORT: 'x', HOST_LEASE_SECONDS: '1' }).split('\n')).toHaveLength(2)
  })
})

function refused(env: Record<string, string>): string {
  try {
    parseConfig(env, '/srv')
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  throw new Error('nothing was refused')
}

describe('the keys', () => {
  it('are made once, unreadable for others, and stay the same', async () => {
    const { ensureKeys, newestCredentialKey, loadSessionSecret } = await import('@/server/lib/keys')
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet keys '))
    try {
      const settings = parseConfig({ DATA_DIR: folder }, '/srv')
      ensureKeys(settings)
      const { key: first } = newestCredentialKey(settings)
      expect(first).toHaveLength(32)
      expect(newestCredentialKey(settings)).toEqual({ version: 1, key: first })
      expect(loadSessionSecret(settings)).not.toEqual(first.toString('base64url'))
      const file = path.join(folder, 'keys', 'credential-key')
      expect(fs.statSync(file).mode & 0o777).toBe(0o600)
      fs.chmodSync(file, 0o644)
      expect(() => newestCredentialKey(settings)).toThrow(
        /can be read by other users \(mode 0644\): chmod 600/,
      )
    } finally {
      fs.rmSync(folder, { recursive: true })
    }
  })
})
