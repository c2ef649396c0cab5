import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createUser } from '@/server/auth/setup-link'
import { forgetConfig } from '@/server/lib/config'
import { BrowserSession } from '@/test/support/browser-session'
import { TestIdentityProvider } from '@/test/support/identity-provider'
import { createServedStage, type ServedStage } from '@/test/support/served-stage'
import { totpOf } from '@/test/support/totp'

let stage: ServedStage
let provider: TestIdentityProvider
let browser: BrowserSession
let count = 0
const settings = ['OIDC_ROLE_CLAIM', 'OIDC_ROLES', 'OIDC_CREATE_VIEWERS'] as const

beforeAll(async () => {
  provider = await TestIdentityProvider.start('http://127.0.0.1:3000/sign-in/oidc')
  stage = await createServedStage(provider.settings())
  // An admin there always is: what is tested of the others is not what protects the last one.
  await stage.db.$transaction((tx) =>
    createUser(tx, { name: 'Root', email: 'root@example.test', role: 'admin' }, null),
  )
})
afterAll(async () => {
  for (const name of [...Object.keys(provider.settings()), ...settings]) delete process.env[name]
  await provider.fall()
  await stage.close()
})
beforeEach(() => {
  browser = new BrowserSession()
  count += 1
})
afterEach(() => {
  for (const name of settings) delete process.env[name]
  anew()
})

/** As a web process that was started with these settings. */
function anew(given: Record<string, string> = {}): void {
  Object.assign(process.env, given)
  forgetConfig()
  delete (globalThis as { daxfleetAuth?: unknown }).daxfleetAuth
}
/** Somebody the provider knows. */
function subject(claims: { email_verified?: boolean; groups?: string[]; email?: string } = {}): string {
  const sub = `sub-${randomUUID()}`
  const email = `kim-${count}@example.test`
  provider.subjects.set(sub, { sub, email, email_verified: true, name: 'Kim There', ...claims })
  return sub
}
const emailNow = () => `kim-${count}@example.test`
const invite = (role: 'operator' | 'viewer') =>
  stage.caller.people.invite({ name: 'Kim Here', email: emailNow(), role })
const me = async () => {
  const answer = await browser.ask('session.me')
  return answer.status === 200 ? (await answer.json()).result.data.json : null
}
const signIn = async (sub: string | null, next?: string) =>
  browser.comeBack(await browser.throughProvider(sub, next))

const signIns = () => stage.db.auditEntry.count({ where: { action: 'user.signed_in_by_identity_provider' } })

describe('sign-in by an identity provider', () => {
  it('makes the invited person’s account at their first sign-in, and knows it by its subject from then on', async () => {
    await invite('operator')
    const sub = subject()
    expect(await signIn(sub, '/runs?x=1')).toBe('/runs?x=1')
    expect(await me()).toMatchObject({
      name: 'Kim Here',
      email: emailNow(),
      role: 'operator',
      hasPassword: false,
    })
    expect(await stage.db.invitation.count({ where: { email: emailNow() } })).toBe(0)
    const done = await stage.db.auditEntry.findMany({
      where: { subjectKind: 'user' },
      orderBy: { id: 'desc' },
      take: 3,
    })
    expect(done.map(({ action }) => action)).toEqual([
      'user.signed_in_by_identity_provider',
      'user.linked_to_identity_provider',
      'user.created',
    ])
    // Another address over there later: still the same person.
    provider.subjects.set(sub, { sub, email: 'renamed@example.test', email_verified: false })
    browser = new BrowserSession()
    expect(await signIn(sub)).toBe('/')
    expect(await me()).toMatchObject({ email: emailNow() })
  })

  it.each<[string, string, () => Promise<string> | string]>([
    ['nobody has invited', 'not_invited', () => subject()],
    [
      'whose address is not verified',
      'email_unverified',
      async () => {
        await invite('viewer')
        return subject({ email_verified: false })
      },
    ],
    [
      'who has no address',
      'email_unverified',
      async () => {
        await invite('viewer')
        return subject({ email: '' })
      },
    ],
    [
      'who is disabled here',
      'disabled',
      async () => {
        await invite('viewer')
        const sub = subject()
        await signIn(sub)
        await stage.db.user.update({ where: { email: emailNow() }, data: { disabledAt: new Date() } })
        browser = new BrowserSession()
        return sub
      },
    ],
    [
      'who bears the address of somebody known by another subject',
      'other_account',
      async () => {
        await invite('viewer')
        await signIn(subject())
        browser = new BrowserSession()
        return subject()
      },
    ],
  ])('refuses somebody %s', async (_who, code, known) => {
    expect(await signIn(await known())).toBe(`/sign-in?fault=${code}`)
    expect(await me()).toBeNull()
  })

  it('says so when the person refuses there', async () => {
    expect(await signIn(null)).toBe('/sign-in?fault=denied')
  })

  it('asks for the second factor that was set up here', async () => {
    await invite('viewer')
    const sub = subject()
    await signIn(sub)
    const { body } = await browser.post('/two-factor/enable', {})
    await browser.post('/two-factor/verify-totp', { code: totpOf(String(body.totpURI)) })
    browser = new BrowserSession()
    const before = await signIns()
    expect(await signIn(sub)).toBe('/sign-in?step=code')
    expect([await me(), await signIns()]).toEqual([null, before])
    await browser.post('/two-factor/verify-totp', { code: totpOf(String(body.totpURI), 1) })
    expect(await me()).toMatchObject({ email: emailNow() })
  })

  it('makes viewers of whoever the provider knows, where the settings say so', async () => {
    anew({ OIDC_CREATE_VIEWERS: 'yes' })
    expect(await signIn(subject())).toBe('/')
    expect(await me()).toMatchObject({ name: 'Kim There', role: 'viewer' })
  })

  it('takes the role from a claim, at every sign-in, and never the last admin’s', async () => {
    anew({ OIDC_ROLE_CLAIM: 'groups', OIDC_ROLES: 'operator=ops,approver=leads,admin=all' })
    await invite('viewer')
    const sub = subject({ groups: ['ops', 'leads', 'other'] })
    await signIn(sub)
    expect(await me()).toMatchObject({ role: 'approver' })
    provider.subjects.set(sub, { sub, email: emailNow(), email_verified: true, groups: ['all'] })
    await signIn(sub)
    expect(await me()).toMatchObject({ role: 'admin' })
    await stage.db.user.update({ where: { email: 'root@example.test' }, data: { role: 'viewer' } })
    provider.subjects.set(sub, { sub, email: emailNow(), email_verified: true, groups: [] })
    await signIn(sub)
    expect(await me()).toMatchObject({ role: 'admin' })
    await stage.db.user.update({ where: { email: 'root@example.test' }, data: { role: 'admin' } })
    await signIn(sub)
    expect(await me()).toMatchObject({ role: 'viewer' })
  })
})

describe('what an attacker brings back', () => {
  it('an answer that belongs to another browser signs nobody in', async () => {
    await invite('viewer')
    const url = await browser.throughProvider(subject())
    const victim = new BrowserSession()
    expect(await victim.comeBack(url)).toBe('/sign-in?fault=stale')
    await victim.post('/sign-in/oidc', {})
    expect(await victim.comeBack(url)).toBe('/sign-in?fault=stale')
    expect((await victim.ask('session.me')).status).toBe(401)
  })

  it('the same answer is good once', async () => {
    await invite('viewer')
    const url = await browser.throughProvider(subject())
    const cookies = browser.cookies.header()
    expect(await browser.comeBack(url)).toBe('/')
    const thief = new BrowserSession()
    for (const pair of (cookies.cookie ?? '').split('; '))
      thief.cookies.keep(new Response(null, { headers: { 'set-cookie': pair } }))
    expect(await thief.comeBack(url)).toBe('/sign-in?fault=stale')
  })

  it.each([
    ['another state', (url: URL) => url.searchParams.set('state', 'x'), 'stale'],
    ['no state', (url: URL) => url.searchParams.delete('state'), 'stale'],
    ['another code', (url: URL) => url.searchParams.set('code', 'x'), 'provider_fault'],
    ['another issuer', (url: URL) => url.searchParams.set('iss', 'https://evil.test'), 'provider_fault'],
  ])('%s is refused', async (_what, change, code) => {
    await invite('viewer')
    const url = new URL(await browser.throughProvider(subject()))
    change(url)
    expect(await browser.comeBack(url.href)).toBe(`/sign-in?fault=${code}`)
    expect(await me()).toBeNull()
  })

  it('a nonce or verifier that is not ours is refused', async () => {
    await invite('viewer')
    for (const field of ['nonce', 'verifier']) {
      browser = new BrowserSession()
      const url = await browser.throughProvider(subject())
      const row = await stage.db.verification.findFirstOrThrow({
        where: { identifier: { startsWith: 'oidc:' } },
        orderBy: { createdAt: 'desc' },
      })
      const value = JSON.stringify({ ...JSON.parse(row.value), [field]: 'x'.repeat(43) })
      await stage.db.verification.update({ where: { id: row.id }, data: { value } })
      expect(await browser.comeBack(url), field).toBe('/sign-in?fault=provider_fault')
    }
  })

  it('a way to another site is not taken', async () => {
    await invite('viewer')
    expect(await signIn(subject(), '//evil.test/x')).toBe('/')
  })
})

describe('a provider that is down', () => {
  it('is said to be, and found again by itself', async () => {
    await invite('viewer')
    await signIn(subject())
    browser = new BrowserSession()
    count += 1
    await provider.fall()
    expect(await browser.post('/sign-in/oidc', {})).toMatchObject({
      status: 503,
      body: { code: 'provider_down' },
    })
    await provider.rise()
    await invite('viewer')
    const url = await browser.throughProvider(subject())
    await provider.fall()
    expect(await browser.comeBack(url)).toBe('/sign-in?fault=provider_down')
    await provider.rise()
    expect(await me()).toBeNull()
  })
})
