import { NextRequest } from 'next/server'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { POST as authRoute } from '@/app/api/auth/[...all]/route'
import { GET as trpc } from '@/app/api/trpc/[trpc]/route'
import { GET as rest } from '@/app/api/v1/[...path]/route'
import { proxy } from '@/proxy'
import { forgetConfig } from '@/server/lib/config'
import { BrowserSession } from '@/test/support/browser-session'
import { addPerson } from '@/test/support/people'
import { createServedStage, type ServedStage } from '@/test/support/served-stage'

const origin = 'http://127.0.0.1:3000'
const password = 'correct horse battery'
const email = 'kim@example.test'

let stage: ServedStage
const browser = new BrowserSession()
beforeAll(async () => {
  stage = await createServedStage()
  const made = await stage.caller.people.invite({ name: 'Kim', email, role: 'operator' })
  const token = made.type === 'link' ? (made.path.split('#')[1] ?? '') : ''
  await stage.stranger.people.join({ token, password })
  await browser.signIn(email, password)
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
})
afterAll(async () => {
  vi.restoreAllMocks()
  await stage.close()
})
afterEach(() => {
  delete process.env.DAXFLEET_ORIGIN
  forgetConfig()
})

const through = (path: string, headers: Record<string, string>, method = 'GET') =>
  proxy(new NextRequest(`${origin}${path}`, { method, headers }))
const probeBody = JSON.stringify({ json: { reason: 'x' } })
const length = String(Buffer.byteLength(probeBody))
const change = (headers: Record<string, string>, body = probeBody) =>
  trpc(
    new Request(`${origin}/api/trpc/fleet.pullStop`, {
      method: 'POST',
      headers: { host: '127.0.0.1:3000', ...browser.cookies.header(), ...headers },
      body,
    }),
  )

describe('a page whose name was pointed at us (DNS rebinding)', () => {
  it.each([
    'evil.test',
    'evil.test:3000',
    '127.0.0.1.evil.test:3000',
    '127.0.0.1:3001',
    '127.0.0.1:3000.',
    '127.0.0.1:3000@evil.test',
    '127.0.0.1',
    '0.0.0.0:3000',
    '2130706433:3000',
    '',
  ])('is refused under the name %j, on pages and in the API', async (host) => {
    for (const path of ['/', '/hosts', '/sign-in/oidc', '/metrics', '/api/trpc/session.me', '/api/v1/hosts'])
      expect(through(path, { host }).status, path).toBe(421)
    const headers = { host, ...browser.cookies.header() }
    expect((await trpc(new Request(`${origin}/api/trpc/session.me`, { headers }))).status).toBe(421)
    expect((await rest(new Request(`${origin}/api/v1/hosts`, { headers }))).status).toBe(421)
  })

  it('is not believed when a header claims another name', () => {
    expect(through('/', { host: 'evil.test', 'x-forwarded-host': '127.0.0.1:3000' }).status).toBe(421)
    expect(through('/', { host: 'evil.test', forwarded: 'host=127.0.0.1:3000' }).status).toBe(421)
  })
})

describe('a page of another site (CSRF)', () => {
  const json = { 'content-type': 'application/json', 'content-length': length }

  it.each<[string, Record<string, string>]>([
    ['without saying where it comes from', json],
    ['from another origin', { ...json, origin: 'http://evil.test' }],
    ['from a sandboxed frame', { ...json, origin: 'null' }],
    ['from our name under another scheme or port', { ...json, origin: 'http://127.0.0.1:3001' }],
    ['from a name that begins like ours', { ...json, origin: `${origin}.evil.test` }],
    ['that the browser marks', { ...json, origin, 'sec-fetch-site': 'cross-site' }],
    ['from a sister site', { ...json, origin, 'sec-fetch-site': 'same-site' }],
  ])('changes nothing %s', async (_how, headers) => {
    expect((await change(headers)).status).toBe(403)
    expect((await stage.db.fleetStop.findFirstOrThrow()).pulled).toBe(false)
  })

  it('changes nothing by a form, or by a GET', async () => {
    const form = { origin, 'content-length': length, 'content-type': 'text/plain' }
    expect((await change(form)).status).toBe(415)
    const get = `fleet.pullStop?input=${encodeURIComponent(probeBody)}`
    expect((await browser.ask(get)).status).toBe(405)
    expect((await stage.db.fleetStop.findFirstOrThrow()).pulled).toBe(false)
  })

  it('gets nothing by cookies from the REST API', async () => {
    const headers = { host: '127.0.0.1:3000', ...browser.cookies.header() }
    expect((await rest(new Request(`${origin}/api/v1/hosts`, { headers }))).status).toBe(401)
  })
})

describe('bodies', () => {
  it.each<[string, Record<string, string>, number]>([
    ['larger than is taken', { 'content-length': String(5 * 1024 * 1024) }, 413],
    ['of no length', {}, 411],
    ['of a length that is no number', { 'content-length': '1e3' }, 413],
    ['of a negative length', { 'content-length': '-1' }, 413],
  ])('%s are refused before they are read', async (_what, headers, status) => {
    const about = { host: '127.0.0.1:3000', origin, 'content-type': 'application/json', ...headers }
    for (const [path, route] of [
      ['/api/trpc/fleet.pullStop', trpc],
      ['/api/auth/sign-in/email', authRoute],
      ['/api/v1/hosts', rest],
    ] as const) {
      const chunked = 'content-length' in headers ? {} : { 'transfer-encoding': 'chunked' }
      const request = new Request(`${origin}${path}`, {
        method: 'POST',
        headers: { ...about, ...chunked },
        body: '{}',
      })
      expect((await route(request)).status, path).toBe(status)
    }
  })

  it('one request is one question', async () => {
    const input = encodeURIComponent(JSON.stringify({ 0: { json: {} }, 1: { json: {} } }))
    const answer = await browser.ask(`hosts.list,hosts.list?batch=1&input=${input}`)
    expect(answer.status).toBe(400)
  })
})

describe('sessions', () => {
  it('are new at every sign-in, whatever cookie was there before (fixation)', async () => {
    const thief = new BrowserSession()
    await thief.signIn(email, password)
    const planted = thief.cookies.header()
    const victim = new BrowserSession()
    victim.cookies.keep(
      new Response(null, { headers: { 'set-cookie': String(planted.cookie).split('; ')[0] ?? '' } }),
    )
    await victim.signIn(email, password)
    expect(victim.cookies.header()).not.toEqual(planted)
    for (const forged of ['x', 'x.y', `${'a'.repeat(32)}.${'b'.repeat(44)}`]) {
      const other = new BrowserSession()
      const [name = ''] = victim.cookies.names()
      other.cookies.keep(new Response(null, { headers: { 'set-cookie': `${name}=${forged}` } }))
      expect((await other.ask('session.me')).status).toBe(401)
    }
  })

  it('and what belongs to others is not reached by knowing its id (IDOR)', async () => {
    const kim = await stage.callerOf((await stage.db.user.findUniqueOrThrow({ where: { email } })).id)
    const lee = await addPerson(stage, 'lee', 'operator')
    const session = await stage.db.session.findFirstOrThrow({ where: { user: { email } } })
    expect(await lee.caller.session.end({ sessionId: session.id })).toMatchObject({ type: 'refused' })
    const made = await kim.tokens.create({ name: 'mine', scopes: ['hosts:view'], lifeSeconds: 600 })
    const tokens = (await lee.caller.tokens.list()).tokens
    expect([made.type, tokens]).toEqual(['created', []])
    const token = await stage.db.apiToken.findFirstOrThrow({ where: { name: 'mine' } })
    expect(await lee.caller.tokens.revoke({ tokenId: token.id })).toMatchObject({ type: 'refused' })
    expect(await stage.db.session.count({ where: { id: session.id } })).toBe(1)
    expect((await stage.db.apiToken.findUniqueOrThrow({ where: { id: token.id } })).revokedAt).toBeNull()
  })
})

describe('headers', () => {
  const ours = { host: '127.0.0.1:3000' }

  it('tell browsers to stay with https where people come by it, and nowhere else', () => {
    expect(through('/', ours).headers.get('strict-transport-security')).toBeNull()
    process.env.DAXFLEET_ORIGIN = 'https://daxfleet.example'
    forgetConfig()
    const answers = [through('/', { host: 'daxfleet.example' }), through('/', { host: 'evil.test' })]
    expect(answers.map(({ status }) => status)).toEqual([200, 421])
    for (const { headers } of answers)
      expect(headers.get('strict-transport-security')).toBe('max-age=31536000')
  })

  it('bear the proxy’s request id where it is one, and one of our own otherwise', () => {
    const idOf = (given?: string) =>
      through('/', given === undefined ? ours : { ...ours, 'x-request-id': given }).headers.get(
        'x-request-id',
      )
    expect(idOf('req-0123456789abcdef')).toBe('req-0123456789abcdef')
    const own = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    for (const given of [
      undefined,
      'short',
      'x'.repeat(65),
      'a b c d e f g',
      '"><script>x</script>',
      '../../etc/passwd',
    ])
      expect(idOf(given), given).toMatch(own)
    expect(idOf()).not.toBe(idOf())
    expect(through('/', { host: 'evil.test' }).headers.get('x-request-id')).toMatch(own)
  })
})
