import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { type Config, config } from '@/server/lib/config'
import { loadAuditKey } from '@/server/lib/keys'
import { deriveKey, ed25519KeyOf } from '@/server/lib/primitives'

/** What is derived from the installation's audit key: a purpose, a key. */
export interface AuditKeys {
  /** Names the key without telling anything of it. */
  id: string
  /** Of HMAC-SHA256 over entries. */
  mac: Buffer
  /** Ed25519, over checkpoints: whoever has the public half can check one, and make none. */
  signing: KeyObject
  /** SPKI, base64. */
  publicKey: string
}

const known = new Map<string, AuditKeys>()

/** This process's audit keys, read once; the file is made where there is none. Throws when it is damaged. */
export function auditKeys(settings: Config = config()): AuditKeys {
  const before = known.get(settings.dataDir)
  if (before !== undefined) return before
  const keys = deriveAuditKeys(loadAuditKey(settings))
  known.set(settings.dataDir, keys)
  return keys
}

export function deriveAuditKeys(secret: Buffer): AuditKeys {
  const signing = ed25519KeyOf(deriveKey(secret, 'daxfleet audit checkpoints'))
  const publicKey = createPublicKey(signing).export({ format: 'der', type: 'spki' })
  return {
    id: createHash('sha256').update(publicKey).digest('hex').slice(0, 16),
    mac: deriveKey(secret, 'daxfleet audit entries'),
    signing,
    publicKey: publicKey.toString('base64'),
  }
}
