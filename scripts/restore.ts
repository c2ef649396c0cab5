import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError, config } from '@/server/lib/config'
import { readBackupKey } from './backup/key'
import { refuseUsedFolder, restoreBackup } from './backup/restore'
import { errorText, LaunchError } from './launch/launch-error'
import { startPostgres } from './launch/postgres'

/** `npm run restore -- FILE KEYFILE`, where nothing runs: into a clean DATA_DIR, and an empty database. */
async function main(given: string | undefined, givenKey: string | undefined): Promise<void> {
  const from = process.env.INIT_CWD ?? '.'
  if (given === undefined || givenKey === undefined)
    throw new LaunchError(
      'What from? npm run restore -- FILE KEYFILE, the key being the backup-key that was kept apart.',
    )
  const backup = { file: path.resolve(from, given), key: readBackupKey(path.resolve(from, givenKey)) }
  const root = fileURLToPath(new URL('..', import.meta.url))
  process.chdir(root)
  try {
    process.loadEnvFile(path.resolve('.env'))
  } catch {
    // No .env: the defaults, as npm start takes them.
  }
  const { dataDir, databaseUrl } = config()
  refuseUsedFolder(dataDir)
  const migrations = path.join(root, 'prisma', 'migrations')
  const server =
    databaseUrl === undefined
      ? await startPostgres({ dataDir, database: 'daxfleet', say: console.log })
      : null
  try {
    const url = databaseUrl ?? server?.url ?? ''
    const { before, id, hosts, takenAt } = await restoreBackup(backup, { url, dataDir, migrations })
    console.log(`Restored as it stood at ${takenAt}. This is installation ${id} now; it was ${before}.`)
    console.log(
      `${hosts} hosts are probed at the next start; those that were acted on ask to be adopted, on their pages.`,
    )
    console.log(
      `Settings, if there were any, lie in ${path.join(dataDir, 'restored.env')}: compare them with your .env.`,
    )
  } finally {
    await server?.stop()
  }
}

main(process.argv[2], process.argv[3]).catch((error: unknown) => {
  console.error(
    error instanceof LaunchError || error instanceof ConfigError
      ? error.message
      : `Nothing was restored: ${errorText(error)}`,
  )
  process.exitCode = 1
})
