import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { type Config, config } from './config'
import { keepSecret } from './redact'

const KEY_BYTES = 32

/** An AES-256 key that seals credentials, and which one it is: rows name the version they were sealed with. */
export interface CredentialKey {
  version: number
  /** 32 bytes. */
  key: Buffer
}

/**
 * The key that seals credentials now: the newest in DATA_DIR/keys, outside the database, so that a copy of the database
 * alone opens nothing. Losing it loses every stored credential. Made where there is none at all.
 */
export function newestCredentialKey(settings: Config = config()): CredentialKey {
  const version = Math.max(1, ...credentialKeyVersions(settings))
  return { version, key: loadKey(settings, credentialKeyName(version)) }
}

/** The key of a version, or null where this machine does not have it: it is never made anew. */
export function credentialKeyOf(version: number, settings: Config = config()): Buffer | null {
  return credentialKeyVersions(settings).includes(version)
    ? loadKey(settings, credentialKeyName(version))
    : null
}

/** Makes the key of a version; one that is there already is taken as it is. */
export function makeCredentialKey(version: number, settings: Config = config()): CredentialKey {
  return { version, key: loadKey(settings, credentialKeyName(version)) }
}

/** `credential-key`, then `credential-key-2` and so on. */
export function credentialKeyName(version: number): string {
  return version === 1 ? 'credential-key' : `credential-key-${version}`
}

function credentialKeyVersions({ dataDir }: Config): number[] {
  const folder = path.join(dataDir, 'keys')
  if (!fs.existsSync(folder)) return []
  return fs.readdirSync(folder).flatMap((name) => {
    const [, version = name === 'credential-key' ? '1' : ''] =
      /^credential-key-([1-9]\d{0,5})$/.exec(name) ?? []
    return version === '' ? [] : [Number(version)]
  })
}

/**
 * The secret that signs sessions and seals second factors, as text. Replacing the file signs everybody out, and an admin has
 * to reset the second factor of whoever has one.
 */
export function loadSessionSecret(settings: Config = config()): string {
  return loadKey(settings, 'session-secret').toString('base64url')
}

/** What entries and checkpoints of the audit log are made with: 32 bytes. Without it no one can tell whether it was altered. */
export function loadAuditKey(settings: Config = config()): Buffer {
  return loadKey(settings, 'audit-key')
}

/** Makes the key folder and all keys where they do not exist yet; a second call changes nothing. */
export function ensureKeys(settings: Config = config()): void {
  newestCredentialKey(settings)
  loadSessionSecret(settings)
  loadAuditKey(settings)
}

function loadKey(settings: Config, name: string): Buffer {
  const folder = path.join(settings.dataDir, 'keys')
  const file = path.join(folder, name)
  if (!fs.existsSync(file)) createKey(folder, file)
  const mode = fs.statSync(file).mode & 0o777
  if ((mode & 0o077) !== 0) {
    throw new Error(
      `${file} can be read by other users (mode 0${mode.toString(8)}): chmod 600 it, then start again.`,
    )
  }
  const text = fs.readFileSync(file, 'utf8').trim()
  keepSecret(text)
  const key = Buffer.from(text, 'base64url')
  if (key.length !== KEY_BYTES) {
    throw new Error(
      `${file} is damaged: it should hold ${KEY_BYTES} bytes in base64url. Restore it from a backup.`,
    )
  }
  return key
}

/** Written aside and linked into place: two processes that start at once agree on one key, and none is half-written. */
function createKey(folder: string, file: string): void {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`
  // The comment keeps the bundler from taking every file of the checkout for something this might open.
  const handle = fs.openSync(/* turbopackIgnore: true */ draft, 'wx', 0o600)
  try {
    fs.writeSync(handle, `${randomBytes(KEY_BYTES).toString('base64url')}\n`)
    fs.fsyncSync(handle)
  } finally {
    fs.closeSync(handle)
  }
  try {
    fs.linkSync(draft, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    fs.unlinkSync(draft)
  }
}
