import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadSessionSecret } from '@/server/lib/keys'
import { BrowserSession } from '@/test/support/browser-session'
import { createServedStage, type ServedStage } from '@/test/support/served-stage'
import { totpOf } from '@/test/support/totp'

const password = 'correct horse battery'
const email = 'kim@example.test'

let stage: ServedStage
let userId = ''
let uri = ''
let recovery: string[] = []
const browser = new BrowserSession()
beforeAll(async () => {
  stage = await createServedStage()
  const made = await stage.caller.people.invite({ name: 'Kim', email, role: 'operator' })
  const token = made.type === 'link' ? (made.path.split('#')[1] ?? '') : ''
  await stage.stranger.people.join({ token, password })
  userId = (await stage.db.user.findUniqueOrThrow({ where: { email } })).id
})
afterAll(() => stage.close())

const isIn = async (who: BrowserSession) => (await who.ask('session.me')).status === 200
const verify = (who: BrowserSession, code: string) => who.post('/two-factor/verify-totp', { code })

/** A browser that has shown the password and is asked for the code. */
async function challenged(): Promise<BrowserSession> {
  const who = new BrowserSession()
  const answer = await who.signIn(email, password)
  expect([answer.status, answer.body.twoFactorRedirect, await isIn(who)]).toEqual([200, true, false])
  return who
}

it('is asked of everybody who has none, once an admin says so, and they can do nothing else', async () => {
  await browser.signIn(email, password)
  expect((await browser.ask('hosts.list?input={"json":{}}')).status).toBe(200)
  expect(await stage.caller.people.setPolicy({ requireSecondFactor: true })).toEqual({ type: 'done' })
  const refused = await browser.ask('hosts.list?input={"json":{}}')
  expect([refused.status, (await refused.json()).error.json.message]).toEqual([
    403,
    'Here everybody signs in with a second factor, and you have none yet.',
  ])
  expect((await (await browser.ask('session.me')).json()).result.data.json.secondFactor).toBe('due')
})

it('is set up with the password and a code, opens everything again, and ends every other session', async () => {
  const elsewhere = new BrowserSession()
  await elsewhere.signIn(email, password)
  expect((await browser.post('/two-factor/enable', { password: 'not it' })).status).toBe(400)
  const { body } = await browser.post('/two-factor/enable', { password })
  uri = String(body.totpURI)
  recovery = body.backupCodes as string[]
  expect(recovery).toHaveLength(10)
  expect((await verify(browser, '000000')).status).toBe(401)
  expect(await isIn(elsewhere)).toBe(true)
  expect((await verify(browser, totpOf(uri, -1))).body).toEqual({})
  expect((await browser.ask('hosts.list?input={"json":{}}')).status).toBe(200)
  expect(await isIn(elsewhere)).toBe(false)
  const kept = JSON.stringify(await stage.db.twoFactor.findMany())
  expect(kept).not.toContain(recovery[0])
  expect(kept).not.toContain(new URL(uri).searchParams.get('secret'))
})

it('is asked after the password, and each code is good once, even for two who send it at once', async () => {
  const [one, two] = [await challenged(), await challenged()]
  const code = totpOf(uri)
  const answers = await Promise.all([verify(one, code), verify(two, code)])
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401])
  expect([await isIn(one), await isIn(two)].toSorted()).toEqual([false, true])
  expect((await verify(await challenged(), code)).status).toBe(401)
  // The one that was used to set it up neither.
  expect((await verify(await challenged(), totpOf(uri, -1))).status).toBe(401)
  expect((await verify(await challenged(), totpOf(uri, 1))).status).toBe(200)
})

it('ends every other session when its codes are renewed and when it is taken off, of that person alone', async () => {
  const lee = 'lee@example.test'
  const made = await stage.caller.people.invite({ name: 'Lee', email: lee, role: 'operator' })
  const token = made.type === 'link' ? (made.path.split('#')[1] ?? '') : ''
  await stage.stranger.people.join({ token, password })
  const here = new BrowserSession()
  await here.signIn(lee, password)
  const { body } = await here.post('/two-factor/enable', { password })
  let codes = body.backupCodes as string[]
  const theirs = String(body.totpURI)
  await verify(here, totpOf(theirs, -1))
  /** Signs in elsewhere, does this here, and looks who was and who still is in. */
  const after = async (path: string, given: object) => {
    const elsewhere = new BrowserSession()
    await elsewhere.signIn(lee, password)
    await elsewhere.post('/two-factor/verify-backup-code', { code: codes.pop() })
    const wasIn = await isIn(elsewhere)
    const answer = await here.post(path, given)
    codes = (answer.body.backupCodes as string[] | undefined) ?? codes
    return [wasIn, answer.status, await isIn(elsewhere), await isIn(here)]
  }
  // A code shown by whoever is in changes nothing.
  expect(await after('/two-factor/verify-totp', { code: totpOf(theirs) })).toEqual([true, 200, true, true])
  expect(await after('/two-factor/generate-backup-codes', { password })).toEqual([true, 200, false, true])
  expect(await after('/two-factor/disable', { password })).toEqual([true, 200, false, true])
  expect(await isIn(browser)).toBe(true)
})

it('trusts no browser for longer, and takes nothing that is no code', async () => {
  const who = await challenged()
  expect((await who.post('/two-factor/verify-totp', { code: '123456', trustDevice: true })).status).toBe(400)
  for (const code of ['', '12345', '1234567', '12345６', ' 12345'])
    expect((await verify(who, code)).status).toBe(401)
  expect(await isIn(who)).toBe(false)
  const answer = await who.post('/two-factor/verify-backup-code', { code: recovery[9], trustDevice: true })
  expect([answer.status, await isIn(who)]).toEqual([400, false])
  expect(await stage.db.verification.count({ where: { identifier: { startsWith: 'trust-device-' } } })).toBe(
    0,
  )
})

it('asks a browser for its code that the library was made to trust', async () => {
  const who = new BrowserSession()
  const secret = loadSessionSecret()
  const code = (text: string, form: 'base64' | 'base64url') =>
    createHmac('sha256', secret).update(text).digest(form)
  const identifier = 'trust-device-of-earlier'
  const value = `${code(`${userId}!${identifier}`, 'base64url')}!${identifier}`
  const cookie = encodeURIComponent(`${value}.${code(value, 'base64')}`)
  who.cookies.keep(new Response(null, { headers: { 'set-cookie': `daxfleet-3000.trust_device=${cookie}` } }))
  await stage.db.verification.create({
    data: { id: 'trusted-once', identifier, value: userId, expiresAt: new Date(Date.now() + 86_400_000) },
  })
  expect((await who.signIn(email, password)).body.twoFactorRedirect).toBe(true)
  expect(await isIn(who)).toBe(false)
})

it('lets in by a recovery code, once', async () => {
  const [code = ''] = recovery
  const who = await challenged()
  expect((await who.post('/two-factor/verify-backup-code', { code })).status).toBe(200)
  expect(await isIn(who)).toBe(true)
  expect((await (await challenged()).post('/two-factor/verify-backup-code', { code })).status).toBe(401)
})

it('is locked for a while after ten wrong codes, the right one too', async () => {
  // Every failure counts, that of the recovery code before as well; a challenge bears five.
  const statuses: number[] = []
  let who = new BrowserSession()
  while (statuses.length < 12 && statuses.at(-1) !== 429) {
    if (statuses.length % 4 === 0) who = await challenged()
    statuses.push((await verify(who, String(statuses.length).padStart(6, '9'))).status)
  }
  expect([...new Set(statuses)]).toEqual([401, 429])
  const [, , code = ''] = recovery
  expect((await (await challenged()).post('/two-factor/verify-backup-code', { code })).status).toBe(429)
})
it('is taken off by an admin, which ends the sessions; then it is due again', async () => {
  expect(await isIn(browser)).toBe(true)
  expect(await stage.caller.people.resetSecondFactor({ userId })).toEqual({ type: 'done' })
  expect(await isIn(browser)).toBe(false)
  expect((await browser.signIn(email, password)).status).toBe(200)
  expect((await (await browser.ask('session.me')).json()).result.data.json.secondFactor).toBe('due')
})

it('leaves its story in the audit log, and none of its secrets', async () => {
  const { entries } = await stage.caller.audit.list({ subjectId: userId })
  const actions = entries.map(({ action }) => action)
  expect(actions).toEqual(
    expect.arrayContaining([
      'user.signed_in',
      'user.second_factor_set',
      'user.signed_in_by_recovery_code',
      'user.second_factor_reset',
    ]),
  )
  expect(actions.filter((action) => action === 'user.second_factor_set')).toHaveLength(1)
  expect(JSON.stringify(entries)).not.toMatch(/secret=|otpauth/)
})
