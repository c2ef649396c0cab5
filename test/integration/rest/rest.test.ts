import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { GET as handle } from '@/app/api/v1/[...path]/route'
import { refusalOf } from '@/server/auth/authorise'
import { type Role, roles } from '@/server/auth/vocabulary'
import { matchRoute } from '@/server/rest/match'
import { isMutation } from '@/server/rest/procedures'
import { checkRestRoutes, notInRest, restRoutes } from '@/server/rest/routes'
import { listProcedures } from '@/server/trpc/procedure-list'
import { appRouter } from '@/server/trpc/root'
import { testUser } from '@/test/support/caller'
import { addReadyHost, addReadyPlan, type ReadyHost } from '@/test/support/jobs'
import { createServedStage, type ServedStage } from '@/test/support/served-stage'

const origin = 'http://127.0.0.1:3000'
const paths = listProcedures(appRouter).map(({ path }) => path)

let stage: ServedStage
let admin = ''
let host: ReadyHost
beforeAll(async () => {
  stage = await createServedStage()
  admin = (await stage.person('admin')).token
  host = await addReadyHost(stage, 'db-01')
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
})
afterAll(async () => {
  vi.restoreAllMocks()
  await stage.close()
})

interface Asked {
  token?: string | null
  body?: unknown
  headers?: Record<string, string>
}

async function ask(method: string, path: string, { token = admin, body, headers }: Asked = {}) {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  const about =
    text === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }
  const bearer = token === null ? {} : { authorization: `Bearer ${token}` }
  const init = { method, headers: { host: '127.0.0.1:3000', ...bearer, ...about, ...headers } }
  const answer = await handle(
    new Request(`${origin}/api/v1${path}`, text === undefined ? init : { ...init, body: text }),
  )
  const said = await answer.text()
  return { status: answer.status, headers: answer.headers, said, json: said === '' ? null : JSON.parse(said) }
}

describe('every procedure', () => {
  it('is in REST, or left out for a reason', () => {
    expect(() => checkRestRoutes(paths)).not.toThrow()
    expect(() => checkRestRoutes([...paths, 'capacity.now'])).toThrow(
      "['GET', '/capacity/now', 'capacity.now', '…'],   or in notInRest:   'capacity.now': 'why',",
    )
    expect(Object.values(notInRest).every((why) => why.length > 10)).toBe(true)
  })

  it('has an address of its own that leads back to it', () => {
    for (const { method, path, procedure } of restRoutes)
      expect(matchRoute(method, path.replace(/\{\w+\}/g, 'x'))).toMatchObject({
        type: 'route',
        route: { procedure },
      })
  })

  it.each(roles)('goes by the table of permissions for a token of %s', async (role: Role) => {
    const { token } = await stage.person(role)
    const who = testUser(role)
    const found: Record<string, boolean> = {}
    for (const { method, path, procedure } of restRoutes) {
      // Nothing takes this field, so that nothing is done: who is let in hears of that.
      const nonsense = method === 'GET' || method === 'DELETE' ? '?nonsense=1' : ''
      const { status } = await ask(method, path.replace(/\{\w+\}/g, 'x') + nonsense, {
        token,
        ...(nonsense === '' ? { body: { nonsense: 1 } } : {}),
      })
      expect([400, 403]).toContain(status)
      found[procedure] = status === 400
    }
    expect(found).toEqual(
      Object.fromEntries(restRoutes.map(({ procedure }) => [procedure, refusalOf(procedure, who) === null])),
    )
  })

  it('is answered to nobody without a token, and by no cookie', async () => {
    for (const { method, path } of restRoutes) {
      const { status, headers, json } = await ask(method, path.replace(/\{\w+\}/g, 'x'), {
        token: null,
        headers: { cookie: 'daxfleet-3000.session_token=x' },
      })
      expect([status, json.code, headers.get('www-authenticate')]).toEqual([
        401,
        'unauthenticated',
        'Bearer realm="daxfleet"',
      ])
    }
  })
})

describe('a token', () => {
  it('does what its scopes say, within its owner’s role', async () => {
    const { token, email } = await stage.person('operator', ['hosts:view', 'jobs:administer'])
    expect((await ask('GET', '/hosts', { token })).status).toBe(200)
    expect((await ask('GET', '/plans/x', { token })).json).toMatchObject({
      code: 'forbidden',
      detail: 'The token lacks the scope plans:view.',
    })
    expect((await ask('POST', `/hosts/${host.hostId}/probe`, { token })).status).toBe(403)
    expect((await ask('POST', '/jobs', { token, body: {} })).json.detail).toBe(
      `This takes the role approver; ${email}, whose token this is, is operator.`,
    )
  })

  it('is kept as a hash and told once', async () => {
    const { token } = await stage.person('viewer')
    const rows = await stage.db.apiToken.findMany()
    expect(JSON.stringify(rows)).not.toContain(token.slice(4))
    expect(JSON.stringify(await stage.caller.tokens.list())).not.toContain(token.slice(4))
  })

  it('ends when it is revoked, is over, or its owner is gone', async () => {
    const one = await stage.person('viewer')
    const { tokens } = await stage.caller.tokens.list()
    const view = tokens.find(({ owner }) => owner === one.email)
    expect((await ask('GET', '/hosts', { token: one.token })).status).toBe(200)
    await stage.caller.tokens.revoke({ tokenId: view?.id ?? '' })
    expect((await ask('GET', '/hosts', { token: one.token })).status).toBe(401)

    const two = await stage.person('viewer')
    await stage.db.apiToken.updateMany({ where: { userId: two.userId }, data: { expiresAt: new Date(0) } })
    expect((await ask('GET', '/hosts', { token: two.token })).status).toBe(401)

    const three = await stage.person('viewer')
    await stage.db.user.delete({ where: { id: three.userId } })
    expect((await ask('GET', '/hosts', { token: three.token })).status).toBe(401)
    for (const token of ['', 'dxf_', `dxf_${'a'.repeat(43)}`, admin.slice(0, -1)])
      expect((await ask('GET', '/hosts', { token })).status).toBe(401)
  })

  it('is noted when it was used, and stands in the audit beside its owner', async () => {
    const { token, userId, email } = await stage.person('operator')
    await ask('POST', '/fleet/stop/pull', { token, body: { reason: 'smoke' } })
    const row = await stage.db.apiToken.findFirstOrThrow({ where: { userId } })
    expect(row.lastUsedAt).not.toBeNull()
    const { entries } = await stage.caller.audit.list({ subjectKind: 'fleet' })
    expect(entries[0]?.actorId).toBe(`${email} (token of operator)`)
    await ask('POST', '/fleet/stop/release', { body: {} })
  })

  it('gives nobody more than they have, and makes no other', async () => {
    const viewer = stage.callerAs('viewer')
    const asked = { name: 'ci', lifeSeconds: 600 }
    expect(await viewer.tokens.create({ ...asked, scopes: ['hosts:operate'] })).toMatchObject({
      type: 'refused',
      message: 'A token may do no more than you: hosts:operate is beyond the role viewer.',
    })
    for (const scope of ['hosts', 'hosts:all', 'nothing:view', 'tokens:view', 'hosts:view:x', ''])
      expect(await viewer.tokens.create({ ...asked, scopes: [scope] })).toMatchObject({ type: 'refused' })
    const { token } = await stage.person('admin')
    expect((await ask('GET', '/tokens', { token })).status).toBe(404)
  })

  it('of somebody else can be revoked by an admin alone', async () => {
    const { userId } = await stage.person('viewer')
    const { id } = await stage.db.apiToken.findFirstOrThrow({ where: { userId } })
    expect(await stage.callerAs('approver').tokens.revoke({ tokenId: id })).toMatchObject({ type: 'refused' })
    expect((await stage.callerAs('approver').tokens.list()).tokens).toEqual([])
    expect(await stage.caller.tokens.revoke({ tokenId: id })).toEqual({ type: 'done' })
  })
})

describe('on the wire', () => {
  it('bytes are decimal strings and moments ISO 8601', async () => {
    const { json, headers } = await ask('GET', `/hosts/${host.hostId}`)
    expect(json.devices[0].sizeBytes).toMatch(/^\d+$/)
    expect(new Date(json.stateSince).toISOString()).toBe(json.stateSince)
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('a question stands in the address', async () => {
    expect((await ask('GET', '/hosts?query=db-01&limit=5&sort=name')).json).toMatchObject({ matching: 1 })
    expect((await ask('GET', '/hosts?limit=many')).json).toMatchObject({
      code: 'invalid',
      fields: { limit: expect.any(String) },
    })
    expect((await ask('GET', '/hosts?qurey=db-01')).json).toMatchObject({
      fields: { qurey: 'is not known here' },
    })
    expect((await ask('GET', '/rollouts?states=running&states=paused')).status).toBe(200)
  })

  it('HEAD answers as GET without the body; another method says which there are', async () => {
    const head = await ask('HEAD', '/hosts')
    expect([head.status, head.said]).toEqual([200, ''])
    const wrong = await ask('DELETE', '/hosts')
    expect([wrong.status, wrong.headers.get('allow'), wrong.json.code]).toEqual([
      405,
      'GET, HEAD, POST',
      'method_not_allowed',
    ])
    expect(wrong.headers.get('content-type')).toBe('application/problem+json')
  })

  it('what cannot be read is refused by name', async () => {
    expect((await ask('GET', '/hosts/%E0%A4%A')).json.code).toBe('invalid')
    expect((await ask('GET', '/hosts%2F')).json.code).toBe('not_found')
    expect((await ask('POST', '/imports/preview', { body: '{' })).json.code).toBe('not_json')
    expect((await ask('POST', '/imports/preview', { body: '[]' })).json.code).toBe('not_json')
    expect(
      (await ask('POST', '/imports/preview', { body: 'a=b', headers: { 'content-type': 'text/plain' } })).json
        .code,
    ).toBe('not_json')
    const large = { 'content-length': String(5 * 1024 * 1024) }
    expect((await ask('POST', '/imports/preview', { body: '{}', headers: large })).json.code).toBe(
      'too_large',
    )
    const chunked = { 'transfer-encoding': 'chunked' }
    expect((await ask('POST', '/fleet/stop/pull', { headers: chunked })).json.code).toBe('length_required')
    expect((await ask('GET', '/hosts', { headers: { host: 'evil.test' } })).json.code).toBe('misdirected')
    expect((await ask('GET', '/hosts', { headers: { origin: 'http://evil.test' } })).json.code).toBe(
      'forbidden',
    )
    expect((await ask('GET', `/hosts/${randomUUID()}`)).json).toMatchObject({
      code: 'not_found',
      status: 404,
    })
  })

  it('a verb’s no is no success', async () => {
    const body = { planId: randomUUID(), digest: 'x', phrase: 'x' }
    const planId = await addReadyPlan(stage, host)
    const { status, json } = await ask('POST', '/jobs', { body: { ...body, planId } })
    expect([status, json.code, json.outcome.type]).toEqual([409, 'refused', 'refused'])
    expect(json.detail).toBe(json.outcome.message)
  })

  it('an unexpected fault tells an incident and nothing else', async () => {
    const logged = vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
    await stage.pg.query('ALTER TABLE "FleetStop" RENAME TO "Gone"')
    const { status, json, said } = await ask('GET', '/fleet/stop')
    await stage.pg.query('ALTER TABLE "Gone" RENAME TO "FleetStop"')
    expect([status, json.code]).toEqual([500, 'internal'])
    expect(said).not.toMatch(/FleetStop|prisma|stack/i)
    expect(logged.mock.calls.flat().join(' ')).toContain(/incident ([0-9a-f-]{36})/.exec(said)?.[1])
    logged.mockRestore()
  })
})

describe('an Idempotency-Key', () => {
  const rollout = { name: 'weekly', selector: 'host:db-01', zone: 'movable', policy: {} }
  const create = (key: string, body: object = rollout, token = admin) =>
    ask('POST', '/rollouts', { token, body, headers: { 'idempotency-key': key } })

  it('makes one of many, however often and at once it is sent', async () => {
    const before = await stage.db.rollout.count()
    const together = await Promise.all([1, 2, 3].map(() => create('key-1')))
    expect(together.map(({ status }) => status).filter((status) => status === 201).length).toBeGreaterThan(0)
    expect(
      together.every(({ status, json }) => status === 201 || json.code === 'idempotency_in_progress'),
    ).toBe(true)
    const again = await create('key-1')
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true'])
    expect(again.said).toBe(together.find(({ status }) => status === 201)?.said)
    expect(await stage.db.rollout.count()).toBe(before + 1)
  })

  it('is refused with another request, and is another with another token', async () => {
    await create('key-2', { ...rollout, name: 'one' })
    expect((await create('key-2', { ...rollout, name: 'two' })).json.code).toBe('idempotency_key_reused')
    const other = await stage.person('operator')
    expect((await create('key-2', { ...rollout, name: 'two' }, other.token)).status).toBe(201)
  })

  it('replays a no as well, and is free again after a fault of the server', async () => {
    const faulty = { ...rollout, selector: 'host:nobody' }
    const first = await create('key-3', faulty)
    expect(first.status).toBeGreaterThanOrEqual(400)
    expect((await create('key-3', faulty)).said).toBe(first.said)
    vi.spyOn(process.stdout, 'write').mockImplementationOnce(() => true)
    await stage.pg.query('ALTER TABLE "Rollout" RENAME TO "Gone"')
    expect((await create('key-4')).status).toBe(500)
    await stage.pg.query('ALTER TABLE "Gone" RENAME TO "Rollout"')
    expect((await create('key-4')).status).toBe(201)
  })

  it('gives nothing to whoever may no longer ask', async () => {
    const { userId, token } = await stage.person('operator')
    expect((await create('key-5', rollout, token)).status).toBe(201)
    await stage.db.user.update({ where: { id: userId }, data: { role: 'viewer' } })
    expect((await create('key-5', rollout, token)).status).toBe(403)
  })

  it('is forgotten after a day', async () => {
    await create('key-6')
    await stage.pg.query(`UPDATE "KeptAnswer" SET "createdAt" = now() - interval '25 hours'`)
    expect((await create('key-6')).headers.get('idempotency-replayed')).toBeNull()
    expect(await stage.db.keptAnswer.count()).toBe(1)
  })
})

describe('the description', () => {
  it('tells of every address, and holds together', async () => {
    const { status, json } = await ask('GET', '/openapi.json', { token: null })
    expect([status, json.openapi]).toEqual([200, '3.1.0'])
    for (const { method, path, procedure, status: answered } of restRoutes) {
      const operation = json.paths[path][method.toLowerCase()]
      expect(operation.operationId).toBe(procedure)
      expect(Object.keys(operation.responses)).toEqual([String(answered), 'default'])
      const declared = operation.parameters.filter((one: { in: string }) => one.in === 'path').length
      expect(declared).toBe([...path.matchAll(/\{/g)].length)
      expect(operation.parameters.some((one: { in: string }) => one.in === 'header')).toBe(
        isMutation(procedure),
      )
    }
    const text = JSON.stringify(json)
    for (const [, ref = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g))
      expect(
        ref.split('/').reduce((at, part) => at?.[part], json),
        ref,
      ).toBeDefined()
    const { hosts } = json.paths['/hosts'].get.responses[200].content['application/json'].schema.properties
    expect(hosts.items.properties.memTotalBytes.anyOf[0]).toEqual({ type: 'string', pattern: '^-?[0-9]+$' })
    expect(hosts.items.properties.stateSince).toEqual({ type: 'string', format: 'date-time' })
  })
})
