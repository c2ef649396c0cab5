import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemActor } from '@/server/audit/actor'
import { newInstallation } from '@/server/hosts/new-installation'
import { ConfigError, config } from '@/server/lib/config'
import { db } from '@/server/lib/db'
import { DomainError } from '@/server/lib/domain-error'

/**
 * `npm run new-installation`, once after a backup of the database was restored, while Daxfleet runs: gives it an
 * identity of its own, so that no host takes its orders for those of the database it was copied from.
 */
async function main(): Promise<void> {
  process.chdir(fileURLToPath(new URL('..', import.meta.url)))
  try {
    process.loadEnvFile(path.resolve('.env'))
  } catch {
    // No .env: the defaults, as npm start takes them.
  }
  config()
  try {
    const { id, before, hosts } = await newInstallation({ db: db(), actor: systemActor })
    console.log(`This is installation ${id} now; it was ${before}.`)
    console.log(
      `${hosts} hosts are probed. Those that show as another installation’s: adopt them on their pages.`,
    )
  } finally {
    await db().$disconnect()
  }
}

main().catch((error: unknown) => {
  const said =
    error instanceof DomainError
      ? `${error.message} ${error.next}`
      : error instanceof ConfigError
        ? error.message
        : `The database does not answer; is Daxfleet running? (${error instanceof Error ? error.message : String(error)})`
  console.error(said)
  process.exitCode = 1
})
