import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createJobStage, type JobStage } from '../../support/jobs'

const root = fileURLToPath(new URL('../../..', import.meta.url))
let stage: JobStage
let dataDir: string
let worker: ChildProcess | undefined

beforeAll(async () => {
  stage = await createJobStage()
  dataDir = await mkdtemp(path.join(tmpdir(), 'daxfleet worker '))
})
afterEach(() => worker?.kill('SIGKILL'))
afterAll(async () => {
  await stage.close()
  await rm(dataDir, { recursive: true, force: true })
})

/** The worker as a supervisor starts it; resolves when it says that it takes work. */
async function start(databaseUrl = stage.url): Promise<{ ended: Promise<number | null>; log: () => string }> {
  const child = spawn(
    process.execPath,
    ['--conditions=react-server', '--import', 'tsx', 'server/worker/main.ts'],
    {
      cwd: root,
      env: {
        ...process.env,
        DATABASE_URL: databaseUrl,
        DATA_DIR: dataDir,
        CACHE_DIR: dataDir,
        DAXFLEET_PARENT_PIPE: '1',
      },
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    },
  )
  worker = child
  let text = ''
  child.stdout?.on('data', (chunk) => (text += chunk))
  child.stderr?.on('data', (chunk) => (text += chunk))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const ready = new Promise<void>((resolve) =>
    child.on('message', (message) => message === 'ready' && resolve()),
  )
  await Promise.race([ready, ended])
  return { ended, log: () => text }
}

describe('the worker process', () => {
  it('ends by itself, with nothing left open, when whoever started it is gone', async () => {
    const { ended, log } = await start()
    worker?.stdin?.end()
    expect(await ended, log()).toBe(0)
    expect(log()).toContain('the parent is gone')
  })

  it('ends in order on SIGTERM', async () => {
    const { ended, log } = await start()
    worker?.kill('SIGTERM')
    expect(await ended, log()).toBe(0)
  })

  it('says in one sentence that the database cannot be reached', async () => {
    const { ended, log } = await start('postgresql://nobody:wrong@127.0.0.1:1/none')
    expect(await ended).toBe(1)
    expect(log()).toMatch(/^The worker cannot go on: .+\n$/)
    expect(log()).not.toContain('wrong')
  })
})
