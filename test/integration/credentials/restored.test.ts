import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { auditKeys } from '@/server/audit/keys'
import { verifyAudit } from '@/server/audit/verify'
import { addCredential } from '@/server/credentials/service'
import { readReadiness } from '@/server/health/readiness'
import { loadTarget } from '@/server/hosts/load-target'
import { newInstallation } from '@/server/hosts/new-installation'
import { config, forgetConfig } from '@/server/lib/config'
import { takeBackup } from '@/test/support/backup'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { createTestDatabase, type TestDatabase } from '@/test/support/database'
import { strangerKey } from '@/test/support/sshd'

const before = { ...process.env }
const folders: string[] = []
let database: TestDatabase
let stage: TestStage
let hostId: string
let privateKey: string

/** As on another machine: a data folder with nothing in it. */
function cleanFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'daxfleet restored '))
  folders.push(folder)
  process.env.DATA_DIR = folder
  forgetConfig()
  return folder
}

beforeAll(async () => {
  cleanFolder()
  database = await createTestDatabase()
  stage = await createTestStage(database)
  privateKey = await strangerKey()
  const added = await addCredential(stage, { name: 'fleet', privateKey })
  if (added.type !== 'added') throw new Error(added.message)
  const data = { name: 'db-1', address: '192.0.2.1', username: 'root', credentialId: added.credential.id }
  hostId = (await stage.db.host.create({ data })).id
})
afterAll(async () => {
  await stage.close()
  for (const folder of folders) fs.rmSync(folder, { recursive: true })
  process.env = before
  forgetConfig()
})

it('is restored with its keys into a clean folder, and becomes an installation of its own', async () => {
  const { id } = await stage.db.installation.findFirstOrThrow()
  const backup = await takeBackup(stage.url)
  // The copy broke its connections: the first word on each of them fails.
  await stage.db.host.deleteMany().catch(() => stage.db.host.deleteMany())
  await stage.db.$disconnect()
  await stage.pg.end()
  await stage.hub.close()
  await backup.restore()
  const [old = ''] = folders
  const folder = cleanFolder()
  fs.cpSync(path.join(old, 'keys'), path.join(folder, 'keys'), { recursive: true })

  stage = await createTestStage(database)
  expect(await readReadiness(stage)).toMatchObject({ ready: true })
  expect((await loadTarget(stage, hostId)).privateKey.trim()).toBe(privateKey.trim())
  expect(await newInstallation(stage)).toMatchObject({ before: id, hosts: 1 })
  expect((await verifyAudit(stage.pg, auditKeys(config()), [])).findings).toEqual([])
})

it('says without its keys what is missing, starts nothing on hosts, and makes no entry look verified', async () => {
  cleanFolder()
  expect(await readReadiness(stage)).toMatchObject({ ready: false, keys: 'do not open what is stored' })
  await expect(loadTarget(stage, hostId)).rejects.toMatchObject({
    kind: 'auth_refused',
    message: expect.stringContaining('DATA_DIR/keys/credential-key is not the one it was stored with'),
    next: 'Restore that file, or add the key again.',
  })
  const { findings } = await verifyAudit(stage.pg, auditKeys(config()), [])
  expect(findings[0]).toMatchObject({ type: 'other_key' })
})
