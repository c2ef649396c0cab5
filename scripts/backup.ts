import path from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { ConfigError, config } from '@/server/lib/config'
import { databaseUrl } from '@/server/lib/database-url'
import { dumpLines } from './backup/dump'
import { ownBackupKey } from './backup/key'
import { keyId, writeSealed } from './backup/sealed-file'
import { errorText, LaunchError } from './launch/launch-error'

/** `npm run backup -- FILE`, while Daxfleet runs: everything it has in one sealed file. */
async function main(given: string | undefined): Promise<void> {
  const file = given === undefined ? undefined : path.resolve(process.env.INIT_CWD ?? '.', given)
  process.chdir(fileURLToPath(new URL('..', import.meta.url)))
  try {
    process.loadEnvFile(path.resolve('.env'))
  } catch {
    // No .env: the defaults, as npm start takes them.
  }
  if (file === undefined) throw new LaunchError('Where to? npm run backup -- FILE')
  const { dataDir } = config()
  const url = databaseUrl()
  const { key, file: keyFile, made } = ownBackupKey(dataDir)
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {}) // the query in flight reports it
  await client.connect()
  try {
    await writeSealed(file, key, dumpLines(client, { dataDir, envFile: path.resolve('.env') }))
  } finally {
    await client.end()
  }
  console.log(
    `${file} holds the database, the keys, the checkpoints of the audit log and .env, sealed with key ${keyId(key)}.`,
  )
  console.log(
    `${made ? 'That key was made now. ' : ''}Keep ${keyFile} apart from it: whoever has both has every SSH key, and without it nobody can open the backup.`,
  )
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(
    error instanceof LaunchError || error instanceof ConfigError
      ? error.message
      : `No backup was made; is Daxfleet running? (${errorText(error)})`,
  )
  process.exitCode = 1
})
