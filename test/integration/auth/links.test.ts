import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Auth, createAuth } from '@/server/auth/auth'
import { readSession } from '@/server/auth/session'
import { createSetupLink } from '@/server/auth/setup-link'
import { createSignInLink } from '@/server/auth/sign-in-link'
import { parseConfig } from '@/server/lib/config'
import { createTestStage, type TestStage } from '@/test/support/caller'

const settings = parseConfig({ PORT: '3000' }, '/')
const person = { name: 'Ada', email: 'Ada@Example.test', password: 'correct horse battery' }

let stage: TestStage
let auth: Auth
beforeAll(async () => {
  stage = await createTestStage()
  auth = createAuth({ db: stage.db, secret: 'a secret of this test alone, long enough', settings })
})
afterAll(() => stage.close())
afterEach(async () => {
  await stage.db.user.deleteMany()
  await stage.db.setupLink.deleteMany()
})

const tokenOf = (link: { path: string }) => link.path.split('#')[1] ?? ''

function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return auth.handler(
    new Request(`${settings.origin}/api/auth${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: settings.origin, ...headers },
      body: JSON.stringify(body),
    }),
  )
}

/** Sends back the cookies of an answer, as a browser does. */
function cookiesOf(answer: Response): Headers {
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0])
  return new Headers({ cookie: cookies.join('; ') })
}

async function makeFirstAccount() {
  const token = tokenOf(await createSetupLink(stage))
  return stage.stranger.setup.complete({ ...person, token })
}

describe('the set-up link', () => {
  it('makes the first account, with which its owner signs in', async () => {
    expect(await stage.stranger.setup.status()).toMatchObject({ needsSetup: true })
    expect(await makeFirstAccount()).toEqual({ type: 'done' })
    expect(await stage.stranger.setup.status()).toMatchObject({ needsSetup: false })
    const answer = await post('/sign-in/email', { email: person.email, password: person.password })
    expect(answer.status).toBe(200)
    const { user } = await readSession({ auth, db: stage.db }, cookiesOf(answer))
    expect(user).toMatchObject({ name: 'Ada', email: 'ada@example.test', role: 'admin' })
  })

  it('works once, however many use it at the same moment', async () => {
    const token = tokenOf(await createSetupLink(stage))
    const answers = await Promise.all(
      [1, 2, 3].map((n) =>
        stage.stranger.setup.complete({ ...person, email: `ada${n}@example.test`, token }),
      ),
    )
    expect(answers.map((answer) => answer.type).toSorted()).toEqual(['done', 'refused', 'refused'])
    expect(await stage.db.user.count()).toBe(1)
  })

  it('makes one account even when there are two links', async () => {
    const tokens = [await createSetupLink(stage), await createSetupLink(stage)].map(tokenOf)
    const answers = await Promise.all(
      tokens.map((token, n) =>
        stage.stranger.setup.complete({ ...person, email: `ada${n}@example.test`, token }),
      ),
    )
    expect(answers.map((answer) => answer.type).toSorted()).toEqual(['done', 'refused'])
  })

  it('is over after ten minutes', async () => {
    const token = tokenOf(await createSetupLink(stage))
    await stage.db.setupLink.updateMany({ data: { expiresAt: new Date(0) } })
    expect(await stage.stranger.setup.complete({ ...person, token })).toMatchObject({ type: 'refused' })
  })

  it('is not kept: the database holds its hash alone', async () => {
    const token = tokenOf(await createSetupLink(stage))
    const rows = await stage.db.setupLink.findMany()
    expect(JSON.stringify(rows)).not.toContain(token)
  })

  it('is not made once there is an account', async () => {
    await makeFirstAccount()
    await expect(createSetupLink(stage)).rejects.toThrow('There is an account already.')
  })

  it('asks for a password of ten characters', async () => {
    const token = tokenOf(await createSetupLink(stage))
    await expect(
      stage.stranger.setup.complete({ ...person, password: 'short', token }),
    ).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    })
  })
})

describe('signing in', () => {
  it('gives the same answer for a wrong password and for nobody', async () => {
    await makeFirstAccount()
    const wrong = await post('/sign-in/email', { email: person.email, password: 'not the password' })
    const nobody = await post('/sign-in/email', { email: 'no@example.test', password: 'not the password' })
    expect([wrong.status, await wrong.json()]).toEqual([nobody.status, await nobody.json()])
    expect(wrong.status).toBe(401)
  })

  it('sets a cookie that scripts and other sites cannot use', async () => {
    await makeFirstAccount()
    const answer = await post('/sign-in/email', { email: person.email, password: person.password })
    const [cookie = ''] = answer.headers.getSetCookie()
    expect(cookie).toMatch(/^daxfleet-3000\.session_token=/)
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Lax/i)
  })

  it('is not opened by signing up', async () => {
    const answer = await post('/sign-up/email', person)
    expect(answer.ok).toBe(false)
    expect(await stage.db.user.count()).toBe(0)
  })

  it('is refused to a page of another site', async () => {
    await makeFirstAccount()
    const body = { email: person.email, password: person.password }
    const answer = await post('/sign-in/email', body, { origin: 'http://evil.test', cookie: 'a=b' })
    expect(answer.status).toBe(403)
  })

  it('stops guessing at one account after ten attempts, whatever address is claimed', async () => {
    await makeFirstAccount()
    const statuses: number[] = []
    for (let n = 0; n < 12; n += 1) {
      const headers = { 'x-forwarded-for': `198.51.100.${n}` }
      const answer = await post(
        '/sign-in/email',
        { email: 'victim@example.test', password: 'guess' },
        headers,
      )
      statuses.push(answer.status)
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429])
    const other = await post('/sign-in/email', { email: person.email, password: person.password })
    expect(other.status).toBe(200)
  })

  it('ends with signing out', async () => {
    await makeFirstAccount()
    const answer = await post('/sign-in/email', { email: person.email, password: person.password })
    const headers = cookiesOf(answer)
    await post('/sign-out', {}, Object.fromEntries(headers))
    expect((await readSession({ auth, db: stage.db }, headers)).user).toBeNull()
  })
})

describe('the sign-in link', () => {
  const demo = { name: 'Demo', email: 'demo@daxfleet.test', role: 'admin' } as const

  it('signs in once', async () => {
    const token = tokenOf(await createSignInLink(stage, { makeUser: demo }))
    const answer = await post('/sign-in/link', { token })
    expect((await readSession({ auth, db: stage.db }, cookiesOf(answer))).user).toMatchObject(demo)
    expect((await post('/sign-in/link', { token })).status).toBe(401)
  })

  it('is over after ten minutes', async () => {
    const token = tokenOf(await createSignInLink(stage, { makeUser: demo }))
    await stage.db.verification.updateMany({ data: { expiresAt: new Date(0) } })
    expect((await post('/sign-in/link', { token })).status).toBe(401)
  })

  it('gets back in whoever has lost the password of the first account', async () => {
    await makeFirstAccount()
    const token = tokenOf(await createSignInLink(stage, { makeUser: demo }))
    const { user } = await readSession(
      { auth, db: stage.db },
      cookiesOf(await post('/sign-in/link', { token })),
    )
    expect(user?.email).toBe('ada@example.test')
  })

  it('is not made for somebody who has no account', async () => {
    await expect(createSignInLink(stage, { email: 'no@example.test' })).rejects.toThrow(
      'no@example.test has no account.',
    )
    await expect(createSignInLink(stage)).rejects.toThrow('Nobody has an account here yet.')
  })
})
