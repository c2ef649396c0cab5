import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { parsePool } from '@/server/pools/selector'
import { registerPool } from '@/server/pools/served'
import { latestReleases } from '@/server/privileges/releases'
import { createTestStage, type TestStage } from '@/test/support/caller'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const run = promisify(execFile)
const berlin = parsePool('label:site=berlin')
/** The first build of the agent takes minutes; so long the command itself gives it. */
const building = 900_000

let stage: TestStage
let dataDir: string
beforeAll(async () => {
  stage = await createTestStage()
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet commands '))
})
afterAll(async () => {
  fs.rmSync(dataDir, { recursive: true })
  await stage.close()
})

/** One of the commands, as npm runs it; what it said, and how it ended. */
async function command(script: string, args: string[], env: Record<string, string> = {}) {
  const own = { DATA_DIR: dataDir, DATABASE_URL: stage.url, ...env }
  const { CACHE_DIR: _, WORKER_SELECTOR: _selector, ...inherited } = process.env
  return run(process.execPath, ['--import', 'tsx', `scripts/${script}.ts`, ...args], {
    cwd: root,
    env: { ...inherited, NODE_ENV: 'production', ...own },
  }).then(
    ({ stdout, stderr }) => ({ status: 0, said: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      status: error.code,
      said: error.stdout + error.stderr,
    }),
  )
}

const nowhere = { DATABASE_URL: 'postgresql://u:secret-word@127.0.0.1:1/x' }

it('announce-agents writes down the digests of the agents of this checkout, once', {
  timeout: building,
}, async () => {
  await stage.pg.query('DELETE FROM "AgentRelease"')
  for (const _ of ['the first time', 'again']) {
    const { status, said } = await command('announce-agents', [])
    expect(status, said).toBe(0)
    const noted = await latestReleases(stage.pg)
    expect(noted.length).toBeGreaterThan(0)
    for (const { architecture, sha256, isCurrent } of noted) {
      expect(isCurrent).toBe(true)
      expect(said).toContain(`${architecture}: sha256:${sha256}`)
    }
    expect(said).toContain('Access tab')
  }
})

it('announce-agents says that nothing was written down where no database answers', {
  timeout: building,
}, async () => {
  const { status, said } = await command('announce-agents', [], nowhere)
  expect([status, said]).toEqual([
    1,
    expect.stringContaining('Nothing was written down; is Daxfleet running?'),
  ])
  expect(said).not.toContain('secret-word')
})

const known = async () => (await stage.db.workerPool.findMany()).map(({ selector }) => selector)

beforeEach(async () => {
  await stage.db.workerHeartbeat.deleteMany()
  await registerPool(stage.pg, berlin)
})

it('forget-pool leaves the hosts of a pool without workers to the others', async () => {
  expect(await command('forget-pool', ['label:site=berlin'])).toEqual({
    status: 0,
    said: 'label:site=berlin is forgotten: its hosts are served by the other workers.\n',
  })
  expect(await known()).toEqual([])
})

it('forget-pool refuses a pool one of whose workers lives', async () => {
  await stage.db.workerHeartbeat.create({ data: { holder: randomUUID(), pool: berlin.selector } })
  expect(await command('forget-pool', ['label:site=berlin'])).toEqual({
    status: 1,
    said: 'A worker of label:site=berlin runs. Stop it first, then wait 30 seconds.\n',
  })
  expect(await known()).toEqual([berlin.selector])
})

it.each([
  [[], {}, 'Which pool? Give its selector.\n'],
  [['label:site=nowhere'], {}, 'No pool label:site=nowhere is known. Write it as the page shows it.\n'],
  [['label:site=berlin'], nowhere, expect.stringMatching(/^Nothing was changed: .*127\.0\.0\.1:1/)],
])('forget-pool %j says what is wrong in one line', async (args, env, sentence) => {
  const { status, said } = await command('forget-pool', args, env)
  expect([status, said]).toEqual([1, sentence])
  expect(said.trim().split('\n')).toHaveLength(1)
  expect(said).not.toContain('secret-word')
  expect(await known()).toEqual([berlin.selector])
})
