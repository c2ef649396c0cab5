import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { GET as healthz } from '@/app/healthz/route'
import { addCredential } from '@/server/credentials/service'
import { checkRequest } from '@/server/edge/check-request'
import { readReadiness } from '@/server/health/readiness'
import { config, forgetConfig } from '@/server/lib/config'
import { createDb } from '@/server/lib/db'
import { createLog } from '@/server/lib/log'
import { keepHeartbeat } from '@/server/worker/keep-heartbeat'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { strangerKey } from '@/test/support/sshd'

const before = { ...process.env }
const dataDir = mkdtempSync(path.join(tmpdir(), 'daxfleet health '))
let stage: TestStage
beforeAll(async () => {
  stage = await createTestStage()
  process.env.DATA_DIR = dataDir
  forgetConfig()
  await addCredential(stage, { name: 'fleet', privateKey: await strangerKey() })
})
afterAll(async () => {
  await stage.close()
  process.env = before
  forgetConfig()
  rmSync(dataDir, { recursive: true })
})

it('says that the process lives, under any name', async () => {
  expect(await healthz().json()).toEqual({ alive: true })
  const headers = new Headers({ host: '10.244.0.7:3000' })
  expect(checkRequest({ method: 'GET', path: '/healthz', headers }, config())).toBeNull()
  expect(checkRequest({ method: 'POST', path: '/healthz', headers }, config())).not.toBeNull()
  expect(checkRequest({ method: 'GET', path: '/hosts', headers }, config())).not.toBeNull()
})

it('is ready with its database, all migrations and its keys, and counts the workers that live', async () => {
  const well = { ready: true, database: 'ok', migrations: 'ok', keys: 'ok' }
  expect(await readReadiness(stage)).toEqual({ ...well, workers: 'none alive' })
  const heartbeat = keepHeartbeat(stage.pg, { holder: 'srv-1:1:abc', pool: '' }, createLog('error'))
  await heartbeat.stop()
  expect(await stage.db.workerHeartbeat.count()).toBe(0)
  await stage.db.workerHeartbeat.create({ data: { holder: 'srv-1:1:abc' } })
  await stage.db.workerHeartbeat.create({ data: { holder: 'srv-2:1:def', seenAt: new Date(0) } })
  expect(await readReadiness(stage)).toEqual({ ...well, workers: '1 alive' })
})

it('is not ready with another key, an older database, or none, and tells no more than that', async () => {
  const file = path.join(dataDir, 'keys', 'credential-key')
  writeFileSync(file, `${Buffer.alloc(32, 7).toString('base64url')}\n`)
  expect(await readReadiness(stage)).toMatchObject({ ready: false, keys: 'do not open what is stored' })
  await stage.pg.query(
    'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations)',
  )
  expect(await readReadiness(stage)).toMatchObject({ ready: false, migrations: 'not up to date' })
  const nowhere = createDb('postgresql://nobody:hunter2-hunter2@127.0.0.1:1/none', 1)
  const answer = await readReadiness({ db: nowhere })
  await nowhere.$disconnect()
  expect(answer).toEqual({
    ready: false,
    database: 'does not answer',
    migrations: 'not known',
    keys: 'not known',
    workers: 'not known',
  })
})
