import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

export interface Migration {
  /** The folder's name, which begins with its date. */
  readonly name: string
  readonly sql: string
  /** SHA-256 of the file, in hex, as Prisma keeps it. */
  readonly checksum: string
}

/** Every migration in `folder`, oldest first. */
export function readMigrations(folder: string): Migration[] {
  if (!fs.existsSync(folder)) return []
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && fs.existsSync(path.join(folder, entry.name, 'migration.sql')))
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = fs.readFileSync(path.join(folder, name, 'migration.sql'))
      return { name, sql: sql.toString('utf8'), checksum: createHash('sha256').update(sql).digest('hex') }
    })
}
