import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { clientAddressOf } from '@/server/auth/client-address'
import type { Role } from '@/server/auth/vocabulary'
import { liveHub } from '@/server/events/live-hub'
import { parseConfig } from '@/server/lib/config'
import { BrowserSession } from '@/test/support/browser-session'
import { createServedStage, type ServedStage } from '@/test/support/served-stage'

const password = 'correct horse battery'

let stage: ServedStage
beforeAll(async () => {
  stage = await createServedStage()
})
afterAll(() => stage.close())

async function linkFor(email: string, role: Role): Promise<string> {
  const made = await stage.caller.people.invite({ name: 'New', email, role })
  if (made.type !== 'link') throw new Error(made.message)
  return made.path.split('#')[1] ?? ''
}

/** Invites, joins, and signs in with a browser. */
async function arrive(email: string, role: Role) {
  expect(await stage.stranger.people.join({ token: await linkFor(email, role), password })).toEqual({
    type: 'done',
    email,
  })
  const browser = new BrowserSession()
  expect((await browser.signIn(email, password)).status).toBe(200)
  const { id } = await stage.db.user.findUniqueOrThrow({ where: { email } })
  return { browser, id }
}

const actions = async (subjectId: string) =>
  (await stage.caller.audit.list({ subjectId })).entries.map(({ action }) => action)

describe('somebody who is invited', () => {
  it('makes an account with the role that was meant, by a link that works once', async () => {
    const token = await linkFor('bo@example.test', 'operator')
    expect(JSON.stringify(await stage.db.invitation.findMany())).not.toContain(token)
    expect((await stage.caller.people.list()).invitations).toMatchObject([{ email: 'bo@example.test' }])
    const answers = await Promise.all([1, 2].map(() => stage.stranger.people.join({ token, password })))
    expect(answers.map(({ type }) => type).toSorted()).toEqual(['done', 'refused'])
    const { people, invitations } = await stage.caller.people.list()
    expect(people).toMatchObject([{ email: 'bo@example.test', role: 'operator', disabledAt: null }])
    expect(invitations).toEqual([])
  })

  it('cannot use a link that is over, was withdrawn, or was replaced', async () => {
    const over = await linkFor('cy@example.test', 'viewer')
    await stage.db.invitation.updateMany({ data: { expiresAt: new Date(0) } })
    const replaced = await linkFor('cy@example.test', 'viewer')
    const last = await linkFor('cy@example.test', 'viewer')
    const [invitation] = (await stage.caller.people.list()).invitations
    await stage.caller.people.withdraw({ invitationId: invitation?.id ?? '' })
    for (const token of [over, replaced, last])
      expect(await stage.stranger.people.join({ token, password })).toMatchObject({ type: 'refused' })
  })
})

describe('an account', () => {
  it('loses everything the moment it is disabled: sessions, stream, tokens; and gets it back', async () => {
    const { browser, id } = await arrive('dan@example.test', 'viewer')
    const { body } = await browser.ask('events.stream')
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
    let heard = ''
    while (!heard.includes('resync')) heard += (await reader?.read())?.value ?? ''
    expect(await stage.caller.people.disable({ userId: id })).toEqual({ type: 'done' })
    // Ends by itself: nobody goes away here.
    for (let more = await reader?.read(); more && !more.done; more = await reader?.read()) heard += more.value
    expect(heard).not.toContain('"access"')
    await vi.waitFor(() => expect(liveHub().size).toBe(0), { timeout: 10_000 })
    expect((await browser.ask('session.me')).status).toBe(401)
    const refused = await browser.signIn('dan@example.test', password)
    const nobody = await browser.signIn('nobody@example.test', password)
    expect(refused).toEqual(nobody)
    await stage.caller.people.enable({ userId: id })
    expect((await browser.signIn('dan@example.test', password)).status).toBe(200)
    expect(await actions(id)).toEqual(
      expect.arrayContaining(['user.disabled', 'user.enabled', 'user.signed_in']),
    )
  })

  it('changes what it may do from its next request on', async () => {
    const { browser, id } = await arrive('eve@example.test', 'viewer')
    const may = async () =>
      (await (await browser.ask('session.me')).json()).result.data.json.refused['jobs.start']
    expect(await may()).toContain('approver')
    await stage.caller.people.setRole({ userId: id, role: 'approver' })
    expect(await may()).toBeUndefined()
  })

  it('that is the last admin stays, even when two let each other go at once', async () => {
    const one = await arrive('fay@example.test', 'admin')
    const last = { type: 'refused', message: 'This is the last admin: nobody could make another.' }
    expect(await stage.caller.people.disable({ userId: one.id })).toMatchObject(last)
    expect(await stage.caller.people.setRole({ userId: one.id, role: 'viewer' })).toMatchObject(last)
    const two = await arrive('gus@example.test', 'admin')
    const both = await Promise.all([
      stage.caller.people.disable({ userId: one.id }),
      stage.caller.people.setRole({ userId: two.id, role: 'viewer' }),
    ])
    expect(both.map(({ type }) => type).toSorted()).toEqual(['done', 'refused'])
  })

  it('gets a new password by a link, which ends its sessions', async () => {
    const { browser, id } = await arrive('hal@example.test', 'viewer')
    const made = await stage.caller.people.newPassword({ userId: id })
    const token = made.type === 'link' ? (made.path.split('#')[1] ?? '') : ''
    expect((await browser.ask('session.me')).status).toBe(200)
    await stage.stranger.people.join({ token, password: 'another long password' })
    expect((await browser.ask('session.me')).status).toBe(401)
    expect((await browser.signIn('hal@example.test', password)).status).toBe(401)
    expect((await browser.signIn('hal@example.test', 'another long password')).status).toBe(200)
  })
})

describe('one’s own sessions', () => {
  it('are listed without their tokens, and end when one says so', async () => {
    const { browser, id } = await arrive('ian@example.test', 'viewer')
    const other = new BrowserSession()
    await other.signIn('ian@example.test', password)
    const listed = await (await browser.ask('session.list')).text()
    for (const { token } of await stage.db.session.findMany()) expect(listed).not.toContain(token)
    const { sessions } = JSON.parse(listed).result.data.json
    expect(sessions.filter(({ isThis }: { isThis: boolean }) => isThis)).toHaveLength(1)
    const { id: sessionId } = sessions.find(({ isThis }: { isThis: boolean }) => !isThis)
    expect(await stage.callerAs('viewer').session.end({ sessionId })).toMatchObject({ type: 'refused' })
    const mine = await stage.callerOf(id)
    expect(await mine.session.end({ sessionId })).toEqual({ type: 'done' })
    expect((await other.ask('session.me')).status).toBe(401)
    expect((await browser.ask('session.me')).status).toBe(200)
  })

  it('end, but for this one, when the password is changed', async () => {
    const { browser, id } = await arrive('jo@example.test', 'viewer')
    const mine = await stage.callerOf(id)
    const asked = { current: 'not it', password: 'another long password' }
    expect(await mine.session.changePassword(asked)).toMatchObject({ type: 'refused' })
    expect(await mine.session.changePassword({ ...asked, current: password })).toEqual({ type: 'done' })
    expect((await browser.ask('session.me')).status).toBe(401)
    expect((await browser.signIn('jo@example.test', 'another long password')).status).toBe(200)
  })
})

describe('the address of a client', () => {
  const proxies = parseConfig({ DAXFLEET_TRUSTED_PROXIES: '10.0.0.0/8, ::1' }, '/').trustedProxies
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['198.51.100.1, 203.0.113.9, 10.1.2.3', '203.0.113.9'],
    ['203.0.113.9, ::1', '203.0.113.9'],
    ['2001:db8::1, 10.0.0.1', '2001:db8::1'],
    ['nonsense, 10.0.0.1', null],
    ['10.0.0.1', null],
    ['', null],
  ])('%s comes from %s', (forwarded, address) =>
    expect(clientAddressOf(new Headers({ 'x-forwarded-for': forwarded }), proxies)).toBe(address),
  )

  it('is not believed without a proxy that is known', () => {
    expect(clientAddressOf(new Headers({ 'x-forwarded-for': '203.0.113.9' }), [])).toBeNull()
  })

  it.each(['10.0.0.0/33', 'proxy.example', '10.0.0.1/8/8', '::/129'])('is not taken from %s', (network) => {
    expect(() => parseConfig({ DAXFLEET_TRUSTED_PROXIES: network }, '/')).toThrow(
      'must be addresses or networks',
    )
  })
})
