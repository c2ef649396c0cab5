import { createHash, createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto'
import { type Config, config } from '@/server/lib/config'
import { loadAuditKey } from '@/server/lib/keys'

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

/** RFC 8410: what precedes the 32 bytes of an Ed25519 private key in PKCS #8. */
const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

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
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))
  const signing = createPrivateKey({
    key: Buffer.concat([ed25519Prefix, derive('daxfleet audit checkpoints')]),
    format: 'der',
    type: 'pkcs8',
  })
  const publicKey = createPublicKey(signing).export({ format: 'der', type: 'spki' })
  return {
    id: createHash('sha256').update(publicKey).digest('hex').slice(0, 16),
    mac: derive('daxfleet audit entries'),
    signing,
    publicKey: publicKey.toString('base64'),
  }
}
