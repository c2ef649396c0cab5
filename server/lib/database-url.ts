import fs from 'node:fs'
import path from 'node:path'
import { type Config, config } from './config'

/** Where the supervisor writes the embedded Postgres's address (mode 0600: it holds the password). */
export function databaseUrlFile(dataDir: string): string {
  return path.join(dataDir, 'run', 'database-url')
}

/**
 * The Postgres this process uses: DATABASE_URL, else the embedded one that `npm start` runs on DATA_DIR.
 * The embedded address travels by file, not by environment, so that no dump of one shows its password.
 */
export function databaseUrl(settings: Config = config()): string {
  if (settings.databaseUrl !== undefined) return settings.databaseUrl
  const file = databaseUrlFile(settings.dataDir)
  try {
    return fs.readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new Error(
      `No database address: DATABASE_URL is not set and ${file} cannot be read. Run npm start, which starts the embedded Postgres, or set DATABASE_URL.`,
      { cause: error },
    )
  }
}
