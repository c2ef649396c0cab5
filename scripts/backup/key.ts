import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { errorCode, LaunchError } from '../launch/launch-error'

/** The one key that is in no backup: it opens them. */
export const backupKeyName = 'backup-key'

/** The key backups of this installation are sealed with, in DATA_DIR/keys; made where there is none. */
export function ownBackupKey(dataDir: string): { key: Buffer; file: string; made: boolean } {
  const folder = path.join(dataDir, 'keys')
  const file = path.join(folder, backupKeyName)
  let made = false
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    fs.writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 })
    made = true
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
  return { key: readBackupKey(file), file, made }
}

/** A key as it was kept apart. Throws LaunchError with a sentence where it is none. */
export function readBackupKey(file: string): Buffer {
  let text: string
  try {
    text = fs.readFileSync(file, 'utf8').trim()
  } catch {
    throw new LaunchError(
      `There is no backup key at ${file}. Give the file that was kept apart from the backup (DATA_DIR/keys/${backupKeyName}); without it nobody can open the backup.`,
    )
  }
  const key = Buffer.from(text, 'base64url')
  if (key.length !== 32)
    throw new LaunchError(`${file} is no backup key: it should hold 32 bytes in base64url.`)
  return key
}
