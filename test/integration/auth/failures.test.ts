import { APIError } from 'better-auth/api'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { FailureAudit } from '@/server/auth/audit-failures'
import { BrowserSession } from '@/test/support/browser-session'
import { createServedStage, type ServedStage } from '@/test/support/served-stage'
import { totpOf } from '@/test/support/totp'

const email = 'kim@example.test'
const password = 'correct horse battery'

let stage: ServedStage
let userId = ''
beforeAll(async () => {
  stage = await createServedStage()
  const made = await stage.caller.people.invite({ name: 'Kim', email, role: 'operator' })
  const token = made.type === 'link' ? (made.path.split('#')[1] ?? '') : ''
  await stage.stranger.people.join({ token, password })
  userId = (await stage.db.user.findUniqueOrThrow({ where: { email } })).id
})
afterAll(() => stage.close())
let seen = 0n
beforeEach(async () => {
  seen = (await stage.db.auditEntry.aggregate({ _max: { id: true } }))._max.id ?? 0n
})
const told = async () =>
  (await stage.db.auditEntry.findMany({ where: { id: { gt: seen } }, orderBy: { id: 'asc' } })).map(
    ({ action, subjectId, detail }) => ({ action, subjectId, detail }),
  )

it('a wrong password stands in the log, with the account it was tried on', async () => {
  await new BrowserSession().signIn(email, 'a wrong password')
  expect(await told()).toEqual([{ action: 'user.sign_in_failed', subjectId: userId, detail: { email } }])
})

it('what is no account’s address is not kept: it may be a password in the wrong field', async () => {
  await new BrowserSession().signIn('hunter2@nobody.test', 'a wrong password')
  expect(await told()).toEqual([{ action: 'user.sign_in_failed', subjectId: 'unknown', detail: {} }])
})

it('so does a wrong code, one that was used before, and a wrong recovery code', async () => {
  const own = new BrowserSession()
  await own.signIn(email, password)
  const { body } = await own.post('/two-factor/enable', { password })
  const code = totpOf(String(body.totpURI))
  await own.post('/two-factor/verify-totp', { code })
  seen = (await stage.db.auditEntry.aggregate({ _max: { id: true } }))._max.id ?? 0n
  const thief = new BrowserSession()
  await thief.signIn(email, password)
  await thief.post('/two-factor/verify-totp', { code: 'abcdef' })
  await thief.post('/two-factor/verify-totp', { code })
  await thief.post('/two-factor/verify-backup-code', { code: 'wrong-wrong' })
  const failed = { action: 'user.second_factor_failed', subjectId: userId, detail: { email } }
  expect(await told()).toEqual([failed, failed, failed])
})

it('a million attempts are a few entries, and the next one tells how many were left out', async () => {
  let nowMs = 0
  const audit = new FailureAudit(stage.db, { windowMs: 60_000, inAll: 8, anAccount: 3 }, () => nowMs)
  const wrong = new APIError('UNAUTHORIZED', { message: 'no' })
  const fail = (address: string) =>
    audit.note('/sign-in/email', wrong, async () => ({ email: address }), undefined)
  for (let attempt = 0; attempt < 50; attempt++) await fail(email)
  expect(await told()).toHaveLength(3)
  for (let attempt = 0; attempt < 500; attempt++) await fail(`made-up-${attempt}@example.test`)
  expect(await told()).toHaveLength(8)
  nowMs = 60_000
  await fail(email)
  const unrecorded = (await told()).map(({ detail }) => (detail as { unrecorded?: number }).unrecorded ?? 0)
  expect(unrecorded).toEqual([0, 0, 0, 47, 0, 0, 0, 0, 495])
})

it('what went well, and faults of our own, are no failures', async () => {
  const audit = new FailureAudit(stage.db)
  const nobody = async () => null
  await audit.note('/sign-in/email', { ok: true }, nobody, undefined)
  await audit.note('/sign-in/email', new APIError('INTERNAL_SERVER_ERROR'), nobody, undefined)
  await audit.note('/sign-out', new APIError('UNAUTHORIZED'), nobody, undefined)
  expect(await told()).toEqual([])
})
