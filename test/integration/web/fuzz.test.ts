import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { GET as trpc } from '@/app/api/trpc/[trpc]/route'
import { GET as rest } from '@/app/api/v1/[...path]/route'
import { inputSchemaOf } from '@/server/rest/procedures'
import { restRoutes } from '@/server/rest/routes'
import { listProcedures } from '@/server/trpc/procedure-list'
import { appRouter } from '@/server/trpc/root'
import { BrowserSession } from '@/test/support/browser-session'
import { HostileInputs, hostileTexts, wellFormed } from '@/test/support/hostile-input'
import { addReadyHost, addReadyPlan } from '@/test/support/jobs'
import { Random } from '@/test/support/random'
import { createServedStage, type ServedStage } from '@/test/support/served-stage'

const origin = 'http://127.0.0.1:3000'
/** FUZZ_SEED=N tries something else: what is tried without it is the same each time, so that a red run is a change's. */
const seed = Number(process.env.FUZZ_SEED ?? 1)
const rounds = Number(process.env.FUZZ_ROUNDS ?? 8)
const procedures = listProcedures(appRouter)

let stage: ServedStage
const browser = new BrowserSession()
let token = ''
let ids: string[] = []
beforeAll(async () => {
  stage = await createServedStage()
  const email = 'root@example.test'
  const made = await stage.caller.people.invite({ name: 'Root', email, role: 'admin' })
  await stage.stranger.people.join({
    token: made.type === 'link' ? (made.path.split('#')[1] ?? '') : '',
    password: 'correct horse battery',
  })
  await browser.signIn(email, 'correct horse battery')
  token = (await stage.person('admin')).token
  const host = await addReadyHost(stage, 'fuzzed')
  ids = [host.hostId, host.deviceId, await addReadyPlan(stage, host), randomUUID()]
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
})
afterAll(async () => {
  vi.restoreAllMocks()
  await stage.close()
})
// What a lucky input did to the whole of Daxfleet must not keep the next procedures from being reached.
beforeEach(async () => {
  await stage.pg.query('UPDATE "AccessPolicy" SET "requireSecondFactor" = false')
})

/** No fault of ours, nothing of our insides, and JSON that says what is wrong. */
function expectCalm(status: number, said: string, asked: string): void {
  const told = `${asked} (FUZZ_SEED=${seed}) answered ${status}: ${said.slice(0, 400)}`
  expect(status < 500, told).toBe(true)
  expect(said, told).not.toMatch(/\n\s+at |node_modules|\.ts:\d+|prisma|postgres:|SELECT |syntax error/i)
  if (said !== '') expect(() => JSON.parse(said), told).not.toThrow()
}

async function askPage(path: string, type: string, input: unknown): Promise<void> {
  const body = JSON.stringify({ json: input })
  const about = { host: '127.0.0.1:3000', origin, ...browser.cookies.header() }
  const isShort = body.length < 8_000
  const request =
    type === 'mutation' || !isShort
      ? new Request(`${origin}/api/trpc/${path}`, {
          method: 'POST',
          headers: {
            ...about,
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(body)),
          },
          body,
        })
      : new Request(`${origin}/api/trpc/${path}?input=${encodeURIComponent(wellFormed(body))}`, {
          headers: about,
        })
  const answer = await trpc(request)
  expectCalm(answer.status, await answer.text(), `${path} with ${body.slice(0, 1_000)}`)
}

describe('every procedure, over HTTP and signed in as admin', () => {
  it.each(procedures.filter(({ type }) => type !== 'subscription'))(
    '$path stays calm whatever it is given',
    async ({ path, type }) => {
      const inputs = new HostileInputs(new Random(seed ^ path.length), ids)
      for (let round = 0; round < rounds; round++) await askPage(path, type, inputs.of(inputSchemaOf(path)))
    },
  )

  it('and what is no procedure at all', async () => {
    for (const path of [
      'hosts',
      'hosts.',
      '.list',
      'hosts.list.call',
      '__proto__.x',
      'hosts.__proto__',
      'a,b',
      '%00',
    ])
      await askPage(path, 'query', {})
  })

  it('nor does superjson’s own language reach further than data', async () => {
    const metas = [
      { values: { '__proto__.polluted': ['Date'] } },
      { values: { 'constructor.prototype.polluted': ['undefined'] } },
      { values: ['class', 'Function'] },
      { values: [['custom', 'x'], 'y'] },
      { referentialEqualities: { a: ['__proto__.polluted'] } },
      { values: { a: ['regexp'] } },
      'x',
    ]
    for (const meta of metas) {
      const body = JSON.stringify({ json: { a: '/x/y', query: 'z' }, meta })
      const headers = { host: '127.0.0.1:3000', origin, ...browser.cookies.header() }
      const answer = await trpc(
        new Request(`${origin}/api/trpc/hosts.list?input=${encodeURIComponent(body)}`, { headers }),
      )
      expectCalm(answer.status, await answer.text(), body)
    }
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})

/** An object without a prototype has no text of its own. */
function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

describe('every REST route', () => {
  it.each(restRoutes)(
    '$method $path stays calm whatever it is given',
    async ({ method, path, procedure }) => {
      const random = new Random(seed ^ procedure.length)
      const inputs = new HostileInputs(random, ids)
      for (let round = 0; round < rounds; round++) {
        const given = inputs.of(inputSchemaOf(procedure))
        const fields =
          typeof given === 'object' && given !== null && !Array.isArray(given) ? { ...given } : { x: given }
        const at = path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
          const value = Reflect.get(fields, name)
          Reflect.deleteProperty(fields, name)
          return encodeURIComponent(wellFormed(textOf(value ?? '').slice(0, 500))) || 'x'
        })
        const hasBody = method === 'POST' || method === 'PATCH'
        const query = new URLSearchParams(
          hasBody ? [] : Object.entries(fields).map(([name, value]) => [name, textOf(value).slice(0, 2_000)]),
        )
        const body = hasBody ? JSON.stringify(fields) : undefined
        const headers = {
          host: '127.0.0.1:3000',
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body ?? '')),
          ...(random.next() < 0.2 ? { 'idempotency-key': `k${random.whole(0, 3)}` } : {}),
        }
        const init = body === undefined ? { method, headers } : { method, headers, body }
        const answer = await rest(new Request(`${origin}/api/v1${at}?${query}`, init))
        expectCalm(
          answer.status,
          await answer.text(),
          `${method} ${at} ${(body ?? String(query)).slice(0, 1_000)}`,
        )
      }
    },
  )

  it('and what is no route', async () => {
    for (const text of hostileTexts) {
      const at = encodeURIComponent(wellFormed(text.slice(0, 2_000)))
      for (const path of [
        `/${at}`,
        `/hosts/${at}`,
        `/hosts/${at}/probe`,
        `//hosts`,
        `/hosts/..%2faudit`,
        `/hosts%00`,
      ]) {
        const headers = { host: '127.0.0.1:3000', authorization: `Bearer ${token}` }
        const answer = await rest(new Request(`${origin}/api/v1${path}`, { headers }))
        expectCalm(answer.status, await answer.text(), `GET ${path}`)
      }
    }
  })
})
