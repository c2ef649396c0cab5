import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildAgents } from '@/scripts/launch/build-agents'
import { waitFor } from '@/scripts/launch/wait'
import { config, forgetConfig } from '@/server/lib/config'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { describeWithSshd, Sshd, strangerKey } from '@/test/support/sshd'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const before = { ...process.env }
const passphrase = 'correct-horse-battery'
let stage: TestStage
let sshd: Sshd
let dataDir: string
let worker: ChildProcess
let logged = ''

beforeAll(async () => {
  stage = await createTestStage()
  sshd = await Sshd.start()
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet secrets '))
  Object.assign(process.env, { DATA_DIR: dataDir, DATABASE_URL: stage.url, LOG_LEVEL: 'debug' })
  forgetConfig()
  const signal = AbortSignal.timeout(600_000)
  await buildAgents(root, config().cacheDir, { say: () => {}, signal })
  worker = spawn(
    process.execPath,
    ['--conditions=react-server', '--import', 'tsx', 'server/worker/main.ts'],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  for (const stream of [worker.stdout, worker.stderr])
    stream?.on('data', (chunk) => (logged += String(chunk)))
}, 600_000)
afterAll(async () => {
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  worker.kill('SIGTERM')
  await ended
  await sshd.stop()
  await stage.close()
  fs.rmSync(dataDir, { recursive: true, force: true })
  process.env = before
  forgetConfig()
})

/** Every row of every table, the queue's as well, as text. */
async function dump(): Promise<string> {
  const { rows } = await stage.pg.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  )
  const tables = await Promise.all(
    rows.map(({ name }) =>
      stage.pg.query<{ all: string }>(`SELECT string_agg(t::text, E'\\n') AS all FROM ${name} t`),
    ),
  )
  return tables.map(({ rows: [row] }) => row?.all ?? '').join('\n')
}

/** A text as it is and in the forms it takes in a dump: bytea prints as hex, some things as base64. */
function forms(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [
    secret,
    bytes.toString('hex'),
    bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64'),
  ]
}

describeWithSshd('after keys were added, tested and used', () => {
  it('neither the database nor the log holds a private key, a passphrase or a key of ours', async () => {
    const { privateKey, address, port, trustedKeys } = sshd.target()
    const added = await stage.caller.credentials.add({ name: 'fleet', privateKey })
    if (added.type !== 'added') throw new Error(added.message)
    const { id: credentialId } = added.credential
    const wrong = await strangerKey()
    await stage.caller.credentials.add({ name: 'wrong', privateKey: wrong, passphrase })
    await stage.caller.credentials.add({
      name: 'damaged',
      privateKey: privateKey.replace(/\n.{10}/, '\n'),
      passphrase,
    })
    const keys = { create: trustedKeys.map((key) => ({ ...key, status: 'trusted' as const })) }
    const data = { name: 'db-1', address, port, username: 'root', credentialId, keys }
    const { id: hostId } = await stage.db.host.create({ data })
    expect(await stage.caller.credentials.test({ credentialId, hostId })).toEqual({ type: 'passed' })
    await stage.caller.hosts.probe({ hostId })
    // The agent may run or not: what matters is that the worker has been there, and has told what came of it.
    const probed = () => stage.db.host.findFirst({ where: { id: hostId, probeRequestedAt: null } })
    expect(await waitFor(async () => (await probed()) ?? undefined, { withinMs: 150_000 })).toBeTruthy()

    const folder = path.join(dataDir, 'keys')
    const ours = fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'utf8').trim())
    const inside = (text: string) => text.split('\n').slice(2, 4)
    const secrets = [passphrase, ...ours, ...inside(privateKey), ...inside(wrong)]
    expect(ours.length).toBeGreaterThan(1)
    const everywhere = `${await dump()}\n${logged}`
    expect(everywhere).toContain('db-1')
    expect(logged).toContain('the worker takes work')
    for (const secret of secrets)
      for (const form of forms(secret)) expect(everywhere.includes(form), form.slice(0, 6)).toBe(false)
    // A worker from its sources starts slowly on a busy machine.
  }, 180_000)
})
