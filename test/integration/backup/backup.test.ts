import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { listTables, quoted } from '@/scripts/backup/tables'
import { startPostgres } from '@/scripts/launch/postgres'
import { auditKeys } from '@/server/audit/keys'
import { verifyAudit } from '@/server/audit/verify'
import { addCredential } from '@/server/credentials/service'
import { loadTarget } from '@/server/hosts/load-target'
import { config, forgetConfig } from '@/server/lib/config'
import { createDb } from '@/server/lib/db'
import { ensureKeys } from '@/server/lib/keys'
import { createPool } from '@/server/lib/pg'
import { createEmptyDatabase, type TestDatabase } from '@/test/support/database'
import { givenJobWorld, type JobWorld } from '@/test/support/job-world'
import { strangerKey } from '@/test/support/sshd'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const run = promisify(execFile)
const before = { ...process.env }
const minutes = 5 * 60_000

let folder: string
let world: JobWorld
let hostId: string
let jobId: string
let privateKey: string
let backup: string
let keyFile: string
let empty: TestDatabase

givenJobWorld((given) => {
  world = given
})

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet backup '))
  fs.chmodSync(folder, 0o755)
  privateKey = await strangerKey()
})
afterAll(() => {
  fs.rmSync(folder, { recursive: true })
  process.env = before
  forgetConfig()
})

beforeEach(async () => {
  // What is sealed here is sealed by this process, with the keys of the folder the backup is made of.
  useFolder('source')
  ensureKeys()
  const { stage } = world
  const name = `fleet ${Math.random()}`
  const added = await addCredential(stage, { name, privateKey })
  if (added.type !== 'added') throw new Error(added.message)
  const job = await world.newJob()
  ;({ hostId, jobId } = job)
  const jump = await world.newHost()
  await stage.db.host.update({
    where: { id: hostId },
    data: {
      credentialId: added.credential.id,
      jumpHostId: jump.hostId,
      labels: { ключ: 'two\nlines "and" \\' },
    },
  })
  await stage.db.host.update({ where: { id: jump.hostId }, data: { credentialId: added.credential.id } })
  // It ran when the backup was made.
  await stage.db.job.update({
    where: { id: jobId },
    data: { state: 'acting', holder: 'gone', epoch: 7n, goSentAt: new Date() },
  })
  await stage.pg.query(`SELECT setval('fencing_epoch', 9007199254740993)`)
  backup = path.join(folder, 'all.backup')
  fs.rmSync(backup, { force: true })
  empty = await createEmptyDatabase()
}, minutes)
afterEach(() => empty.drop())

function useFolder(name: string): string {
  const dataDir = path.join(folder, name)
  process.env.DATA_DIR = dataDir
  process.env.DATABASE_URL = world.stage.url
  forgetConfig()
  return dataDir
}

/** One of the commands, as npm runs it; what it said, and how it ended. */
async function command(script: string, env: Record<string, string>, ...args: string[]) {
  const inherited = { ...process.env, NODE_ENV: 'production' as const, ...env }
  return run(process.execPath, ['--import', 'tsx', `scripts/${script}.ts`, ...args], {
    cwd: root,
    env: inherited,
  }).then(
    ({ stdout, stderr }) => ({ status: 0, said: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      status: error.code,
      said: error.stdout + error.stderr,
    }),
  )
}

async function takeBackup(): Promise<void> {
  const dataDir = path.join(folder, 'source')
  const made = await command('backup', { DATA_DIR: dataDir, DATABASE_URL: world.stage.url }, backup)
  expect(made, made.said).toMatchObject({ status: 0, said: expect.stringContaining('apart from it') })
  // Kept apart.
  keyFile = path.join(folder, 'kept-key')
  fs.copyFileSync(path.join(dataDir, 'keys', 'backup-key'), keyFile)
}

const restore = (dataDir: string, env: Record<string, string>, key = keyFile) =>
  command('restore', { DATA_DIR: dataDir, ...env }, backup, key)

/** Every row of every table, as text. */
async function contents(url: string): Promise<Map<string, string[]>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const tables = await listTables(client)
    const all = new Map<string, string[]>()
    for (const table of tables) {
      const { rows } = await client.query<{ row: string }>(
        `SELECT to_jsonb(t)::text AS row FROM public.${quoted(table)} t ORDER BY 1`,
      )
      all.set(
        table,
        rows.map(({ row }) => row),
      )
    }
    return all
  } finally {
    await client.end()
  }
}

it(
  'restores everything into a clean folder and an empty database, as an installation of its own',
  async () => {
    const { stage } = world
    const source = await contents(stage.url)
    const { id } = await stage.db.installation.findFirstOrThrow()
    await takeBackup()
    // No key, name or secret stands in the file as it is.
    const raw = fs.readFileSync(backup)
    expect(fs.statSync(backup).mode & 0o777).toBe(0o600)
    for (const word of ['PRIVATE KEY', 'Host', 'host-']) expect(raw.includes(word)).toBe(false)

    const dataDir = path.join(folder, 'clean one')
    const restored = await restore(dataDir, { DATABASE_URL: empty.url })
    expect(restored, restored.said).toMatchObject({
      status: 0,
      said: expect.stringContaining(`it was ${id}`),
    })

    const copy = await contents(empty.url)
    // What becoming an installation of its own changes; all the rest is as it was, to the last digit.
    const changed = new Set(['Installation', 'Host', 'Job', 'AuditEntry', 'AuditChain', 'Event'])
    for (const [table, rows] of source)
      if (!changed.has(table)) expect([table, copy.get(table)]).toEqual([table, rows])
    expect(copy.get('Host')).toHaveLength(source.get('Host')?.length ?? 0)
    process.env.DATA_DIR = dataDir
    process.env.DATABASE_URL = empty.url
    forgetConfig()
    const pool = createPool(empty.url, 2)
    const db = createDb(empty.url, 2)
    try {
      expect((await db.installation.findFirstOrThrow()).id).not.toBe(id)
      const target = await loadTarget({ pg: pool }, hostId)
      expect([target.privateKey.trim(), target.via?.name]).toEqual([privateKey.trim(), expect.any(String)])
      const host = await db.host.findUniqueOrThrow({ where: { id: hostId } })
      expect(host.labels).toEqual({ ключ: 'two\nlines "and" \\' })
      expect(host.probeRequestedAt).not.toBeNull()
      // Nobody holds what ran then, and nobody calls it done.
      expect((await db.job.findUniqueOrThrow({ where: { id: jobId } })).state).toBe('unknown')
      const epoch = await pool.query<{ next: string }>(`SELECT nextval('fencing_epoch')::text AS next`)
      expect(BigInt(epoch.rows[0]?.next ?? 0)).toBeGreaterThan(9007199254740993n)
      expect((await verifyAudit(pool, auditKeys(config()), [])).findings).toEqual([])
      // The log is guarded as before.
      await expect(pool.query('DELETE FROM "AuditEntry"')).rejects.toThrow()
      await expect(
        pool.query(`UPDATE "Host" SET "credentialId" = gen_random_uuid() WHERE id = $1`, [hostId]),
      ).rejects.toThrow(/foreign key/)
    } finally {
      await db.$disconnect()
      await pool.end()
    }
    // A second time is refused by both.
    expect(await restore(dataDir, { DATABASE_URL: empty.url })).toMatchObject({
      status: 1,
      said: expect.stringContaining('is in use'),
    })
    expect(await restore(path.join(folder, 'other'), { DATABASE_URL: empty.url })).toMatchObject({
      status: 1,
      said: expect.stringContaining('not empty'),
    })
  },
  minutes,
)

it(
  'restores into the embedded Postgres of a clean folder',
  async () => {
    await takeBackup()
    const dataDir = path.join(folder, 'embedded')
    const restored = await restore(dataDir, { DATABASE_URL: '' })
    expect(restored, restored.said).toMatchObject({ status: 0 })
    const server = await startPostgres({ dataDir, database: 'daxfleet', durable: false })
    try {
      expect((await contents(server.url)).get('Credential')).toEqual(
        (await contents(world.stage.url)).get('Credential'),
      )
    } finally {
      await server.stop()
    }
  },
  minutes,
)

it(
  'says without its key, or with a damaged file, what is wrong, and leaves nothing behind',
  async () => {
    await takeBackup()
    const dataDir = path.join(folder, 'never')
    const other = path.join(folder, 'other-key')
    fs.writeFileSync(other, `${Buffer.alloc(32, 1).toString('base64url')}\n`)
    const attempt = (key?: string) => restore(dataDir, { DATABASE_URL: empty.url }, key)
    expect(await attempt(path.join(folder, 'none'))).toMatchObject({
      status: 1,
      said: expect.stringMatching(/no backup key at .*nobody can open the backup/),
    })
    expect(await attempt(other)).toMatchObject({
      status: 1,
      said: expect.stringMatching(
        /This key does not open .*: it was sealed with key [0-9a-f]{16}, this one is/,
      ),
    })
    const whole = fs.readFileSync(backup)
    const middle = Math.floor(whole.length / 2)
    for (const broken of [
      whole.subarray(0, whole.length - 1),
      whole.subarray(0, middle),
      Buffer.concat([
        whole.subarray(0, middle),
        Buffer.from([whole[middle] === 0 ? 1 : 0]),
        whole.subarray(middle + 1),
      ]),
    ]) {
      fs.writeFileSync(backup, broken)
      expect(await attempt()).toMatchObject({
        status: 1,
        said: expect.stringContaining('damaged or cut off'),
      })
    }
    fs.writeFileSync(backup, 'something else\n')
    expect(await attempt()).toMatchObject({
      status: 1,
      said: expect.stringContaining('no backup of Daxfleet'),
    })
    expect([fs.existsSync(dataDir), (await contents(empty.url)).size]).toEqual([false, 0])
  },
  minutes,
)
