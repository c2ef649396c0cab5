import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { firstLoadBytes } from '@/scripts/bench/capacity/first-load'
import { Launched, makeFolder } from './launched'

const FIVE_MINUTES = 300_000
const person = { name: 'Ada', email: 'ada@example.test', password: 'correct horse battery' }

/** What browsers are given of the product that was started: it was built here before. */
const built = fileURLToPath(new URL('../../../.next', import.meta.url))
const given = path.join(built, 'static')

/** Of JavaScript, compressed, before any page of the dashboard can be used. */
const FIRST_LOAD_BYTES = 200_000

/** What only the web server as it is started can show: Next itself, its hooks at the start, real sockets. */
describe('npm start serves', { timeout: FIVE_MINUTES }, () => {
  let folder: string
  let launched: Launched & { port: number }
  let origin: string
  let cookie = ''
  beforeAll(async () => {
    folder = makeFolder()
    launched = await Launched.start(folder)
    origin = `http://127.0.0.1:${launched.port}`
    const token = /\/setup#(\S+)/.exec(launched.output)?.[1]
    expect((await post('/api/trpc/setup.complete', { json: { token, ...person } })).status).toBe(200)
  }, FIVE_MINUTES)
  afterAll(async () => {
    expect(await launched.terminate()).toBe(0)
    fs.rmSync(folder, { recursive: true, force: true })
  }, FIVE_MINUTES)

  function post(where: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
    const sent = { 'content-type': 'application/json', origin, cookie, ...headers }
    return fetch(`${origin}${where}`, { method: 'POST', headers: sent, body: JSON.stringify(body) })
  }

  const signIn = (password: string, claim: string) =>
    post('/api/auth/sign-in/email', { email: person.email, password }, { 'x-forwarded-for': claim })

  it('a sign-in, and writes down the connection’s address, not the one that was claimed', async () => {
    expect((await signIn('not the password', '198.51.100.6')).status).toBe(401)
    const answer = await signIn(person.password, '198.51.100.7')
    cookie = answer.headers
      .getSetCookie()
      .map((set) => set.split(';')[0])
      .join('; ')
    expect(answer.status).toBe(200)
    const { rows } = await query(
      `SELECT action, "clientAddress" FROM "AuditEntry" WHERE action LIKE 'user.sign%' ORDER BY id`,
    )
    expect(rows).toEqual([
      { action: 'user.sign_in_failed', clientAddress: '127.0.0.1' },
      { action: 'user.signed_in', clientAddress: '127.0.0.1' },
    ])
  })

  it('/metrics to a token made for it, with the figures of web and worker, and to nobody else', async () => {
    const scrape = (headers: Record<string, string>) => fetch(`${origin}/metrics`, { headers })
    expect((await scrape({ cookie })).status).toBe(401)
    const asked = { json: { name: 'prometheus', scopes: ['metrics:view'], lifeSeconds: 86_400 } }
    const made = await (await post('/api/trpc/tokens.create', asked)).json()
    const answer = await scrape({ authorization: `Bearer ${made.result.data.json.token}` })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/plain'),
    ])
    const text = await answer.text()
    expect(text).toMatch(/^daxfleet_build_info\{.*\} 1$/m)
    expect(text).toMatch(/^process_cpu_seconds_total\{.*process="web".*\} [\d.e-]+$/m)
    expect(text).toMatch(/^daxfleet_fleet_stop_pulled 0$/m)
  })

  it('none of its own addresses through an optimiser of images', async () => {
    const where = `/_next/image?url=${encodeURIComponent('/api/v1/openapi.json')}&w=64&q=75`
    expect((await fetch(`${origin}${where}`)).status).toBe(404)
  })

  it('a path that cannot be decoded as one that names nothing, and no fault', async () => {
    const asked = await Promise.all(
      ['/hosts/%ff', '/%', '/api/trpc/%E0%A4%A', '/api/v1/hosts/%ff'].map((where) => fetch(origin + where)),
    )
    expect(asked.map(({ status }) => status)).toEqual([404, 404, 404, 401])
    for (const answer of asked) expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(await asked[0]?.text()).toContain('There is no such page')
  })

  it('its icon where browsers look for one by themselves', async () => {
    const answer = await fetch(`${origin}/favicon.ico`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/svg+xml'])
  })

  it('browsers nothing that holds a secret, or names what only the server may know the way to', () => {
    const files = fs
      .readdirSync(given, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(js|css|map)$/.test(name))
    const keys = path.join(folder, 'keys')
    const secrets = fs.readdirSync(keys).map((name) => fs.readFileSync(path.join(keys, name), 'utf8').trim())
    expect([files.length > 10, secrets.length > 1]).toEqual([true, true])
    for (const file of files) {
      const text = fs.readFileSync(path.join(given, file), 'utf8')
      for (const secret of secrets) expect(text.includes(secret), file).toBe(false)
      expect(/credential-key|session-secret|aes-256-gcm|DATABASE_URL/.test(text), file).toBe(false)
    }
  })

  it('browsers no more than they need to begin with', () => {
    const sizes = firstLoadBytes(built)
    expect(sizes.size).toBeGreaterThan(20)
    for (const [page, bytes] of sizes) expect(bytes, page).toBeLessThanOrEqual(FIRST_LOAD_BYTES)
  })

  async function query(text: string): Promise<pg.QueryResult> {
    const url = fs.readFileSync(path.join(folder, 'run', 'database-url'), 'utf8').trim()
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return await client.query(text)
    } finally {
      await client.end()
    }
  }
})
