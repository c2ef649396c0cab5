import type pg from 'pg'
import { recordAudit } from '@/server/audit/record'
import { type Config, config } from '@/server/lib/config'
import { credentialKeyOf, makeCredentialKey, newestCredentialKey } from '@/server/lib/keys'
import { inTransaction } from '@/server/lib/pg'
import type { ServiceContext } from '@/server/lib/service-context'
import { type SealedSecret, seal, unseal } from './cipher'

type Row = SealedSecret & { id: string; name: string }

/**
 * Seals every stored key anew under a new encryption key, in one transaction: at any moment all rows open, with the old
 * key or the new. A run that died left the new key and no row under it; the next one takes that key and goes on. Throws
 * UnsealError, and changes nothing, when a row cannot be opened.
 */
export async function rotateKey(
  { pg: pool, actor }: Pick<ServiceContext, 'pg' | 'actor'>,
  settings: Config = config(),
): Promise<{ version: number; keys: number }> {
  return inTransaction(pool, async (tx) => {
    // No key is added under the old version meanwhile, and two rotations come one after the other.
    await tx.query('LOCK TABLE "Credential" IN SHARE ROW EXCLUSIVE MODE')
    const { rows } = await tx.query<Row>(
      `SELECT id, name, ciphertext, iv, tag, "keyVersion" FROM "Credential" WHERE kind = 'key' ORDER BY id`,
    )
    const newest = newestCredentialKey(settings)
    const behind = rows.filter((row) => row.keyVersion !== newest.version)
    const next = behind.length > 0 ? newest : makeCredentialKey(newest.version + 1, settings)
    const moving = rows.filter((row) => row.keyVersion !== next.version)
    await reseal(
      tx,
      moving.map((row) => ({
        id: row.id,
        ...seal(next, row, unseal(credentialKeyOf(row.keyVersion, settings), row, row)),
      })),
    )
    const detail = { version: next.version, keys: moving.length }
    await recordAudit(tx, actor, 'installation.key_rotated', 'installation', 'credential-key', detail)
    return detail
  })
}

async function reseal(tx: pg.PoolClient, rows: readonly (SealedSecret & { id: string })[]): Promise<void> {
  await tx.query(
    `UPDATE "Credential" c SET ciphertext = s.ciphertext, iv = s.iv, tag = s.tag, "keyVersion" = s.version
     FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[], $5::int[]) AS s(id, ciphertext, iv, tag, version)
     WHERE c.id = s.id`,
    [
      rows.map(({ id }) => id),
      rows.map(({ ciphertext }) => Buffer.from(ciphertext)),
      rows.map(({ iv }) => Buffer.from(iv)),
      rows.map(({ tag }) => Buffer.from(tag)),
      rows.map(({ keyVersion }) => keyVersion),
    ],
  )
}
