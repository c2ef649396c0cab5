import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refusalOf } from '@/server/auth/authorise'
import { checkPermissions, permissions, routePermissions } from '@/server/auth/permissions'
import { type Role, roles } from '@/server/auth/vocabulary'
import { listProcedures } from '@/server/trpc/procedure-list'
import { appRouter } from '@/server/trpc/root'
import { type Caller, testUser } from '@/test/support/caller'
import { createServedStage, type ServedStage } from '@/test/support/served-stage'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const procedures = listProcedures(appRouter)
const paths = procedures.map(({ path }) => path)

/** Who may call what as people read it: a second statement beside the table in code, and held to it. */
function documented(): Map<string, { least: string; inPerson: boolean }> {
  const text = readFileSync(`${root}docs/access.md`, 'utf8')
  const row =
    /^\| `([a-zA-Z.]+)` \| (anybody|everybody signed in|viewer|operator|approver|admin)(, in person)? \|/gm
  return new Map(
    [...text.matchAll(row)].map(([, path = '', least = '', inPerson]) => [
      path,
      { least, inPerson: inPerson !== undefined || least === 'everybody signed in' },
    ]),
  )
}
const documents = documented()

let stage: ServedStage
beforeAll(async () => {
  stage = await createServedStage()
})
afterAll(() => stage.close())

/** Calls with an input that no procedure takes: who is let in hears of that, who is not never gets so far. */
async function knock(caller: Caller, path: string): Promise<'let in' | 'sign in' | 'forbidden'> {
  let target: unknown = caller
  for (const part of path.split('.')) target = Reflect.get(Object(target), part)
  if (typeof target !== 'function') throw new Error(`${path} is no procedure`)
  try {
    await target(null)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    if (code === 'UNAUTHORIZED') return 'sign in'
    if (code === 'FORBIDDEN') return 'forbidden'
    if (code !== 'BAD_REQUEST') throw error
  }
  return 'let in'
}

function expected(path: string, role: Role | null): 'let in' | 'sign in' | 'forbidden' {
  const needed = documents.get(path)?.least
  if (needed === 'anybody') return 'let in'
  if (role === null) return 'sign in'
  if (needed === 'everybody signed in') return 'let in'
  const rank = ([...roles] as (string | undefined)[]).indexOf(needed)
  return rank >= 0 && roles.indexOf(role) >= rank ? 'let in' : 'forbidden'
}

describe('the table of who may call what', () => {
  it('is the same in the documents, line for line', () => {
    const undocumented = paths.filter((path) => !documents.has(path))
    expect(
      undocumented.map((path) => `| \`${path}\` | … |`),
      'docs/access.md lacks these lines',
    ).toEqual([])
    expect(
      [...documents.keys()].filter((path) => !paths.includes(path)),
      'docs/access.md names what is gone',
    ).toEqual([])
  })

  it('refuses to start with a procedure it does not know, and says which line to add', () => {
    const added = [
      ...procedures,
      { path: 'capacity.forget', type: 'mutation' },
      { path: 'new.list', type: 'query' },
    ]
    expect(() => checkPermissions(added)).toThrow(
      /server\/auth\/permissions\.ts .*\n {2}'capacity\.forget': operate,\n {2}'new\.list': view,$/,
    )
    expect(() => checkPermissions(procedures.slice(1))).toThrow(procedures[0]?.path)
  })

  it.each([null, ...roles])('%s may do what stands there, and nothing else', async (role) => {
    const caller = role === null ? stage.stranger : stage.callerAs(role)
    const found: Record<string, string> = {}
    for (const path of paths) found[path] = await knock(caller, path)
    expect(found).toEqual(Object.fromEntries(paths.map((path) => [path, expected(path, role)])))
  })

  it('lets no token do what is to be done in person, whatever it may otherwise', async () => {
    const via = { type: 'token', tokenId: '', name: 'ci', scopes: ['*:administer'] } as const
    const refused = paths.filter((path) => refusalOf(path, { ...testUser('admin'), via }) !== null)
    expect(refused).toEqual(paths.filter((path) => documents.get(path)?.inPerson))
  })

  it('tells whoever is refused what it takes', async () => {
    await expect(stage.callerAs('operator').fleet.releaseStop({})).rejects.toMatchObject({
      message: 'This takes the role admin; yours is operator.',
      cause: { next: 'Ask an admin for it.' },
    })
    const { refused } = await stage.callerAs('viewer').session.me()
    expect(refused['jobs.start']).toBe('This takes the role approver; yours is viewer. Ask an admin for it.')
    expect(refused['hosts.list']).toBeUndefined()
    expect((await stage.caller.session.me()).refused).toEqual({})
  })

  it('lets an operator stop the fleet and not let it go on', async () => {
    expect(await stage.callerAs('operator').fleet.pullStop({ reason: 'smoke' })).toMatchObject({
      pulled: true,
    })
    await expect(stage.callerAs('approver').fleet.releaseStop({})).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    expect(await stage.caller.fleet.releaseStop({})).toMatchObject({ pulled: false })
  })
})

describe('routes', () => {
  const files = readdirSync(`${root}app`, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(^|\/)route\.tsx?$/.test(file),
  )
  const routes = files
    // A folder in brackets groups; it is no part of the path.
    .map((file) => `/${file.replace(/\/?route\.tsx?$/, '').replace(/\([^)]*\)\//g, '')}`)

  it('are all in the table', () => {
    const forgotten = routes.filter((route) => !Object.hasOwn(routePermissions, route))
    expect(
      forgotten.map((route) => `  '${route}': view,`),
      'add to `routePermissions` in server/auth/permissions.ts: who may call it?',
    ).toEqual([])
    expect(Object.keys(routePermissions).filter((route) => !routes.includes(route))).toEqual([])
  })

  /** Those that tell whoever asks whether the server is well, and nothing else. */
  const health = ['healthz/route.ts', 'readyz/route.ts']

  it.each(files.filter((file) => !health.includes(file)))(
    '%s answers nobody who is not known, by any method',
    async (file) => {
      const route: Record<string, unknown> = await import(`${root}app/${file}`)
      const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => method in route)
      const path = `/${file.replace(/\/route\.tsx?$/, '').replace(/\[[^\]]+\]/g, 'x')}`
      for (const method of methods) {
        const origin = 'http://127.0.0.1:3000'
        const headers = {
          host: '127.0.0.1:3000',
          origin,
          'content-type': 'application/json',
          'content-length': '0',
        }
        const handle = route[method]
        if (typeof handle !== 'function') throw new Error(`${file} exports a ${method} that cannot be called`)
        const { status } = await handle(new Request(origin + path, { method, headers }), { params: {} })
        // Not known, not allowed, or nothing there: what a stranger may hear.
        expect([401, 403, 404, 405], `${method} ${path}`).toContain(status)
      }
    },
  )

  it('that are public are few, and each was decided', () => {
    const open = [...Object.entries(permissions), ...Object.entries(routePermissions)]
    expect(open.filter(([, need]) => need.type === 'public').map(([path]) => path)).toEqual([
      'people.join',
      'setup.status',
      'setup.complete',
      '/api/auth/[...all]',
      '/healthz',
      '/readyz',
      '/sign-in/oidc',
    ])
  })
})
