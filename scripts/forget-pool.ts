import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError, config } from '@/server/lib/config'
import { DomainError } from '@/server/lib/domain-error'
import { pool } from '@/server/lib/pg'
import { parsePool } from '@/server/pools/selector'
import { forgetPool } from '@/server/pools/served'

/** `npm run forget-pool -- 'label:site=berlin'`, once no worker of it runs any more: the others serve its hosts. */
async function main(text: string | undefined): Promise<void> {
  process.chdir(fileURLToPath(new URL('..', import.meta.url)))
  try {
    process.loadEnvFile(path.resolve('.env'))
  } catch {
    // No .env: the defaults, as npm start takes them.
  }
  config()
  if (text === undefined) throw new DomainError('conflict', 'Which pool?', 'Give its selector.')
  const { selector } = parsePool(text)
  try {
    await forgetPool(pool(), selector)
    console.log(`${selector} is forgotten: its hosts are served by the other workers.`)
  } finally {
    await pool().end()
  }
}

main(process.argv[2]).catch((error: unknown) => {
  const said =
    error instanceof DomainError
      ? `${error.message} ${error.next}`
      : error instanceof ConfigError
        ? error.message
        : `Nothing was changed: ${error instanceof Error ? error.message : String(error)}`
  console.error(said)
  process.exitCode = 1
})
