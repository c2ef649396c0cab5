import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemActor } from '@/server/audit/actor'
import { createSignInLink } from '@/server/auth/sign-in-link'
import { ConfigError, config } from '@/server/lib/config'
import { db } from '@/server/lib/db'
import { DomainError } from '@/server/lib/domain-error'

/**
 * `npm run sign-in-link [-- someone@example.org]`, while Daxfleet runs: a way back in for whoever lost a password. Who may
 * run it can read the database anyway; the audit log says that it was made.
 */
async function main(email: string | undefined): Promise<void> {
  process.chdir(fileURLToPath(new URL('..', import.meta.url)))
  try {
    process.loadEnvFile(path.resolve('.env'))
  } catch {
    // No .env: the defaults, as npm start takes them.
  }
  const { origin } = config()
  try {
    const link = await createSignInLink(
      { db: db(), actor: systemActor },
      email === undefined ? {} : { email },
    )
    console.log(`Sign in (this link works once, for ten minutes): ${origin}${link.path}`)
  } finally {
    await db().$disconnect()
  }
}

main(process.argv[2]).catch((error: unknown) => {
  const said =
    error instanceof DomainError
      ? `${error.message} ${error.next}`
      : error instanceof ConfigError
        ? error.message
        : `The database does not answer; is Daxfleet running? (${error instanceof Error ? error.message : String(error)})`
  console.error(said)
  process.exitCode = 1
})
