import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { recordAudits } from '@/server/audit/record'
import { auth } from '@/server/auth/auth'
import { createSignInLink } from '@/server/auth/sign-in-link'
import { liveHub } from '@/server/events/live-hub'
import { forgetConfig } from '@/server/lib/config'
import { db } from '@/server/lib/db'
import { pool } from '@/server/lib/pg'
import { tamper } from '@/test/support/audit'
import { createTestStage, type TestStage } from '@/test/support/caller'

const origin = 'http://127.0.0.1:3000'
const dataDir = mkdtempSync(path.join(tmpdir(), 'daxfleet web '))

let stage: TestStage
let cookie = ''
beforeAll(async () => {
  stage = await createTestStage()
  Object.assign(process.env, { DATABASE_URL: stage.url, DATA_DIR: dataDir })
  forgetConfig()
  cookie = await signIn()
})
afterAll(async () => {
  await liveHub().close()
  await pool().end()
  await db().$disconnect()
  await stage.close()
  rmSync(dataDir, { recursive: true, force: true })
})

async function signIn(): Promise<string> {
  const link = await createSignInLink(stage, {
    makeUser: { name: 'Ada', email: 'ada@example.test', role: 'admin' },
  })
  const body = JSON.stringify({ token: link.path.split('#')[1] })
  const { POST } = await import('@/app/api/auth/[...all]/route')
  const answer = await POST(request('/api/auth/sign-in/link', { method: 'POST', body }))
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

function request(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Request {
  const length = typeof init.body === 'string' ? { 'content-length': String(init.body.length) } : {}
  const json = init.method === 'POST' ? { origin, 'content-type': 'application/json', ...length } : {}
  const headers = { host: '127.0.0.1:3000', cookie, ...json, ...init.headers }
  return new Request(`${origin}${path}`, { ...init, headers })
}

async function trpc(path: string, init?: Parameters<typeof request>[1]): Promise<Response> {
  const { GET } = await import('@/app/api/trpc/[trpc]/route')
  return GET(request(`/api/trpc/${path}`, init))
}

const within = { timeout: 10_000, interval: 20 }

describe('the API over HTTP', () => {
  it('answers who is signed in', async () => {
    const answer = await trpc('session.me')
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { result: { data: { json: { email: 'ada@example.test' } } } },
    ])
  })

  it('answers nobody without a session', async () => {
    const answer = await trpc('hosts.list?input={}', { headers: { cookie: '' } })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ error: { json: { message: 'Sign in first.' } } })
  })

  it('refuses a name that is not ours, before it looks at anything else', async () => {
    expect((await trpc('setup.status', { headers: { host: 'evil.test' } })).status).toBe(421)
  })

  it('refuses a change that comes from another page, session or not', async () => {
    const body = JSON.stringify({ json: {} })
    const headers = { origin: 'http://evil.test' }
    expect((await trpc('fleet.pullStop', { method: 'POST', body, headers })).status).toBe(403)
    expect((await stage.caller.fleet.stop()).pulled).toBe(false)
  })

  it('refuses a body that is too large, or of unknown length', async () => {
    const large = { 'content-length': String(5 * 1024 * 1024) }
    expect((await trpc('imports.preview', { method: 'POST', body: 'x', headers: large })).status).toBe(413)
    const unknown = new Request(`${origin}/api/trpc/imports.preview`, {
      method: 'POST',
      headers: { host: '127.0.0.1:3000', origin },
    })
    const { POST } = await import('@/app/api/trpc/[trpc]/route')
    expect((await POST(unknown)).status).toBe(411)
  })

  it('takes a question that is longer than an address by POST, and no change by GET', async () => {
    const names = Array.from({ length: 10_000 }, (_, at) => `host-${String(at).padStart(5, '0')}.example`)
    const body = JSON.stringify({ json: { selector: `host:${names.join(',')}` } })
    const answer = await trpc('rollouts.preview', { method: 'POST', body })
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { result: { data: { json: { type: 'resolved', devices: 0 } } } },
    ])
    const change = await trpc(`fleet.pullStop?input=${encodeURIComponent('{"json":{}}')}`)
    expect(change.status).toBe(405)
    expect((await stage.caller.fleet.stop()).pulled).toBe(false)
  })

  it('tells the fault of each field', async () => {
    const body = JSON.stringify({ json: { sources: [{ name: 'x', text: 'db-01' }], defaultUsername: 'a b' } })
    const answer = await trpc('imports.preview', { method: 'POST', body })
    const fault = 'A user name is letters, digits, dot, dash and underscore.'
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { error: { json: { data: { fields: { defaultUsername: fault } } } } },
    ])
  })

  it('tells an incident of an unexpected fault, and nothing of its text', async () => {
    const logged = vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
    await stage.pg.query('ALTER TABLE "FleetStop" RENAME TO "Gone"')
    const answer = await trpc('fleet.stop')
    await stage.pg.query('ALTER TABLE "Gone" RENAME TO "FleetStop"')
    const text = await answer.text()
    expect(answer.status).toBe(500)
    expect(text).toContain('Something went wrong inside Daxfleet')
    expect(text).not.toMatch(/FleetStop|prisma|stack/i)
    const incident = /incident ([0-9a-f-]{36})/.exec(text)?.[1]
    expect(logged.mock.calls.flat().join(' ')).toContain(incident)
    logged.mockRestore()
  })

  it('writes the whole audit log as CSV, all pages of what the filter takes, and only for somebody signed in', async () => {
    const subjects = Array.from({ length: 2500 }, (_, at) => ({ id: `h${at}`, detail: { name: `=h${at}` } }))
    const actor = { kind: 'user', id: 'grace@example.test' } as const
    await stage.db.$transaction((tx) => recordAudits(tx, actor, 'host.added', 'host', subjects))
    const { GET } = await import('@/app/api/audit/csv/route')
    const answer = await GET(request('/api/audit/csv?who=grace&what=host+added'))
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const lines = (await answer.text()).trimEnd().split('\r\n')
    expect(lines).toHaveLength(2501)
    expect(lines[1]).toContain(",'=h2499,")
    expect(lines[2500]).toContain(",'=h0,")
    expect((await GET(request('/api/audit/csv', { headers: { cookie: '' } }))).status).toBe(401)
    expect((await GET(request('/api/audit/csv?since=yesterday-ish'))).status).toBe(400)
  })

  it('notes in the audit log where a change came from', async () => {
    const body = JSON.stringify({ json: { reason: 'smoke' } })
    const headers = { 'x-forwarded-for': '203.0.113.9, ::ffff:192.0.2.7', 'user-agent': 'curl/8\u00e9' }
    const { POST } = await import('@/app/api/trpc/[trpc]/route')
    expect((await POST(request('/api/trpc/fleet.pullStop', { method: 'POST', body, headers }))).status).toBe(
      200,
    )
    const { entries } = await stage.caller.audit.list({ what: 'fleet stop pulled', limit: 1 })
    expect(entries[0]).toMatchObject({ clientAddress: '192.0.2.7', userAgent: 'curl/8?' })
    await stage.caller.fleet.releaseStop({})
  })

  it('verifies the log and gives a checkpoint of it', async () => {
    const { checkpoint } = await stage.caller.audit.takeCheckpoint()
    expect(await stage.caller.audit.verify()).toMatchObject({
      findings: [],
      checkpoints: 1,
      newestCheckpointAt: new Date(checkpoint.body.at),
    })
    await tamper(stage, `UPDATE "AuditEntry" SET "actorId" = 'eve' WHERE "subjectId" = 'h7'`)
    const { findings } = await stage.caller.audit.verify()
    expect(findings).toMatchObject([{ type: 'altered', action: 'host.added' }])
  })

  it('serves nothing of the sign-in library but what the pages use', async () => {
    const { GET, POST } = await import('@/app/api/auth/[...all]/route')
    for (const path of ['list-sessions', 'get-session', 'update-user', 'sign-up/email']) {
      expect((await GET(request(`/api/auth/${path}`))).status).toBe(404)
      expect((await POST(request(`/api/auth/${path}`, { method: 'POST', body: '{}' }))).status).toBe(404)
    }
  })

  it('streams events to a browser and forgets it when it goes', async () => {
    const browser = new AbortController()
    const answer = await trpc('events.stream', { signal: browser.signal })
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    let heard = ''
    while (!heard.includes('resync')) heard += (await reader?.read())?.value ?? ''
    expect(liveHub().size).toBe(1)
    await stage.caller.fleet.pullStop({ reason: 'maintenance' })
    while (!heard.includes('"stop"')) heard += (await reader?.read())?.value ?? ''
    browser.abort()
    await reader?.cancel().catch(() => undefined)
    await vi.waitFor(() => expect(liveHub().size).toBe(0), within)
  })

  it('leaves no stream behind of many browsers that come and go', async () => {
    for (let n = 0; n < 30; n += 1) {
      const browser = new AbortController()
      const answer = await trpc('events.stream', { signal: browser.signal })
      const reader = answer.body?.getReader()
      await reader?.read()
      if (n % 2 === 0) browser.abort()
      await reader?.cancel().catch(() => undefined)
    }
    await vi.waitFor(() => expect(liveHub().size).toBe(0), within)
  })

  it('has a session that ends when it is revoked', async () => {
    await auth().api.signOut({ headers: new Headers({ cookie, origin }) })
    expect((await trpc('session.me')).status).toBe(401)
  })
})
