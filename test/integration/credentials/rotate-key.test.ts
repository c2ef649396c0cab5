import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { waitFor } from '@/scripts/launch/wait'
import { addCredential, openPrivateKey } from '@/server/credentials/service'
import { forgetConfig } from '@/server/lib/config'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { strangerKey } from '@/test/support/sshd'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const before = { ...process.env }
let stage: TestStage
let dataDir: string
const texts = new Map<string, string>()

beforeAll(async () => {
  stage = await createTestStage()
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet rotate '))
  Object.assign(process.env, { DATA_DIR: dataDir, DATABASE_URL: stage.url })
  forgetConfig()
  for (const name of ['one', 'two', 'three']) {
    texts.set(name, await strangerKey())
    const added = await addCredential(stage, { name, privateKey: texts.get(name) ?? '' })
    expect(added.type).toBe('added')
  }
})
afterAll(async () => {
  await stage.close()
  fs.rmSync(dataDir, { recursive: true, force: true })
  process.env = before
  forgetConfig()
})

/** The command as an operator runs it. */
function rotate() {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/rotate-key.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<{ status: number | null; said: string }>((resolve) =>
    child.once('close', (status) => resolve({ status, said })),
  )
  return { child, ended }
}

/** Every stored key opens and is what was given; answers the versions they are sealed with. */
async function versions(): Promise<number[]> {
  const rows = await stage.db.credential.findMany({ orderBy: { name: 'asc' } })
  for (const row of rows) expect(openPrivateKey(row).trim()).toBe(texts.get(row.name)?.trim())
  return rows.map(({ keyVersion }) => keyVersion)
}
const keyFiles = () =>
  fs.readdirSync(path.join(dataDir, 'keys')).filter((name) => name.startsWith('credential-key'))

it('dies in the middle without harm, goes on where it was, and seals every key anew', async () => {
  // Somebody holds a row: the rotation has made its key and stands in front of the rows.
  const holder = await stage.pg.connect()
  await holder.query('BEGIN')
  await holder.query(`SELECT 1 FROM "Credential" WHERE name = 'two' FOR UPDATE`)
  const first = rotate()
  const waits = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE "Credential"%'`
  expect(
    await waitFor(async () => (await stage.pg.query(waits)).rowCount === 1 || undefined, {
      withinMs: 60_000,
    }),
  ).toBe(true)
  first.child.kill('SIGKILL')
  await first.ended
  await holder.query('ROLLBACK')
  holder.release()
  expect(await versions()).toEqual([1, 1, 1])
  expect(keyFiles()).toEqual(['credential-key', 'credential-key-2'])

  const second = await rotate().ended
  expect(second).toMatchObject({ status: 0, said: expect.stringContaining('3 stored SSH keys') })
  for (const text of texts.values()) expect(second.said).not.toContain(text.slice(40, 80))
  expect(await versions()).toEqual([2, 2, 2])
  expect(keyFiles()).toEqual(['credential-key', 'credential-key-2'])
  // The old key is of no use any more.
  fs.rmSync(path.join(dataDir, 'keys', 'credential-key'))
  expect(await versions()).toEqual([2, 2, 2])
})

it('changes nothing when a row cannot be opened, and says which', async () => {
  const kept = fs.readFileSync(path.join(dataDir, 'keys', 'credential-key-2'))
  fs.writeFileSync(
    path.join(dataDir, 'keys', 'credential-key-2'),
    `${Buffer.alloc(32, 1).toString('base64url')}\n`,
  )
  const { status, said } = await rotate().ended
  expect([status, said]).toEqual([
    1,
    expect.stringMatching(/The stored key "(one|two|three)" cannot be opened/),
  ])
  fs.writeFileSync(path.join(dataDir, 'keys', 'credential-key-2'), kept)
  fs.rmSync(path.join(dataDir, 'keys', 'credential-key-3'), { force: true })
  expect(await versions()).toEqual([2, 2, 2])
})
