import fs from 'node:fs'
import path from 'node:path'
import type { PrismaClient } from '@/prisma/generated/client'
import { openPrivateKey } from '@/server/credentials/service'
import { type Config, config } from '@/server/lib/config'
import { ensureKeys } from '@/server/lib/keys'
import type { ServiceContext } from '@/server/lib/service-context'

/** Each check in a word or a few; nothing of names, addresses or keys, for anybody may ask. */
export interface Readiness {
  ready: boolean
  database: string
  migrations: string
  keys: string
  /** Told, and no part of `ready`: the pages work without a worker, hosts are not reached. */
  workers: string
}

/** A worker that wrote nothing for so long is not counted. */
const aliveSeconds = 30

/** Whether this web server can do its work now. Never throws. */
export async function readReadiness(
  { db }: Pick<ServiceContext, 'db'>,
  settings: Config = config(),
  migrationsFolder = path.join(process.cwd(), 'prisma', 'migrations'),
): Promise<Readiness> {
  const database = await said(() => checkDatabase(db), 'does not answer')
  const asked = database === 'ok'
  const migrations = asked
    ? await said(() => checkMigrations(db, migrationsFolder), 'not up to date')
    : 'not known'
  const keys = asked ? await said(() => checkKeys(db, settings), 'do not open what is stored') : 'not known'
  const workers = asked ? await said(() => countWorkers(db), 'not known') : 'not known'
  return {
    ready: [database, migrations, keys].every((word) => word === 'ok'),
    database,
    migrations,
    keys,
    workers,
  }
}

async function said(check: () => Promise<string>, otherwise: string): Promise<string> {
  try {
    return await check()
  } catch {
    return otherwise
  }
}

async function checkDatabase(db: PrismaClient): Promise<string> {
  await db.$queryRaw`SELECT 1`
  return 'ok'
}

async function checkMigrations(db: PrismaClient, folder: string): Promise<string> {
  const applied = await db.$queryRaw<{ name: string }[]>`
    SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`
  const known = new Set(applied.map(({ name }) => name))
  const wanted = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  if (wanted.some(({ name }) => !known.has(name))) throw new Error('a migration is missing')
  return 'ok'
}

/** One stored key of each version is opened: that tells whether the files beside this database are its own. */
async function checkKeys(db: PrismaClient, settings: Config): Promise<string> {
  ensureKeys(settings)
  const oneOfEach = await db.credential.findMany({ where: { kind: 'key' }, distinct: ['keyVersion'] })
  for (const credential of oneOfEach) openPrivateKey(credential)
  return 'ok'
}

async function countWorkers(db: PrismaClient): Promise<string> {
  const [row] = await db.$queryRaw<{ alive: number }[]>`
    SELECT count(*)::int AS alive FROM "WorkerHeartbeat"
    WHERE "seenAt" > clock_timestamp() - ${aliveSeconds}::int * interval '1 second'`
  const alive = row?.alive ?? 0
  return alive === 0 ? 'none alive' : `${alive} alive`
}
