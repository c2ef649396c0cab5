import fs from 'node:fs/promises'
import path from 'node:path'
import type pg from 'pg'
import type { Config } from '@/server/lib/config'
import { makeCheckpoint } from './checkpoint'
import { type Checkpoint, checkpointSchema } from './checkpoint-schema'
import type { Finding } from './finding'
import { auditKeys } from './keys'
import { againstCheckpoints } from './verify-checkpoints'

type Settings = Pick<Config, 'dataDir'>
/** At one every five minutes: eight hours. Older ones were found to hold by every one after them. */
const keptFiles = 100

/** Where this machine keeps what the ends of the chains were: outside the database, for that is what they guard. */
const folderOf = ({ dataDir }: Settings) => path.join(dataDir, 'audit')

/** Every checkpoint kept here, oldest first. Throws for a file that is none: somebody changed it. */
export async function readCheckpoints(settings: Settings): Promise<Checkpoint[]> {
  const folder = folderOf(settings)
  const read: Checkpoint[] = []
  for (const name of await checkpointNames(folder)) read.push(await readCheckpoint(path.join(folder, name)))
  return read
}

/** Reads one exported checkpoint. Throws, naming the file, when it is none. */
export async function readCheckpoint(file: string): Promise<Checkpoint> {
  try {
    return checkpointSchema.parse(JSON.parse(await fs.readFile(file, 'utf8')))
  } catch (error) {
    throw new Error(
      `${file} is no checkpoint of an audit log. Was it altered? Take it away to verify without it.`,
      {
        cause: error,
      },
    )
  }
}

/**
 * Makes a checkpoint, keeps it here, and answers what of the earlier ones does not hold any more. Those are let go only
 * while all of them hold.
 */
export async function takeCheckpoint(
  pool: pg.Pool,
  settings: Config,
): Promise<{ checkpoint: Checkpoint; findings: Finding[] }> {
  const keys = auditKeys(settings)
  const folder = folderOf(settings)
  const before = await readCheckpoints(settings)
  const findings = await againstCheckpoints(pool, keys, before)
  const checkpoint = await makeCheckpoint(pool, keys)
  await fs.mkdir(folder, { recursive: true, mode: 0o700 })
  const file = path.join(folder, `${checkpoint.body.at.replaceAll(':', '-')}.json`)
  await fs.writeFile(`${file}.${process.pid}`, `${JSON.stringify(checkpoint)}\n`, { mode: 0o600 })
  await fs.rename(`${file}.${process.pid}`, file)
  if (findings.length === 0) {
    const names = await checkpointNames(folder)
    for (const name of names.slice(0, -keptFiles)) await fs.rm(path.join(folder, name), { force: true })
  }
  return { checkpoint, findings }
}

async function checkpointNames(folder: string): Promise<string[]> {
  const names = await fs.readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names.filter((name) => name.endsWith('.json')).sort()
}
