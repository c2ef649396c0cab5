import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemActor } from '@/server/audit/actor'
import { UnsealError } from '@/server/credentials/cipher'
import { rotateKey } from '@/server/credentials/rotate-key'
import { ConfigError, config } from '@/server/lib/config'
import { credentialKeyName } from '@/server/lib/keys'
import { pool } from '@/server/lib/pg'

/** `npm run rotate-key`, while Daxfleet runs: a new key for what is stored encrypted. Workers go on meanwhile. */
async function main(): Promise<void> {
  process.chdir(fileURLToPath(new URL('..', import.meta.url)))
  try {
    process.loadEnvFile(path.resolve('.env'))
  } catch {
    // No .env: the defaults, as npm start takes them.
  }
  const { dataDir } = config()
  try {
    const { version, keys } = await rotateKey({ pg: pool(), actor: systemActor })
    console.log(
      `${keys} stored SSH keys are sealed with ${path.join(dataDir, 'keys', credentialKeyName(version))} now.`,
    )
    console.log(
      'Back that file up. The one before is needed for backups of the database made until now, and for nothing else.',
    )
  } finally {
    await pool().end()
  }
}

main().catch((error: unknown) => {
  console.error(
    error instanceof UnsealError || error instanceof ConfigError
      ? error.message
      : `Nothing was changed; is Daxfleet running? (${error instanceof Error ? error.message : String(error)})`,
  )
  process.exitCode = 1
})
