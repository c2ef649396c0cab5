import type pg from 'pg'
import { inTransaction, type Queryable } from '@/server/lib/pg'
import { systemActor } from './actor'
import { holdChain, keepHead, linkOn } from './append'
import { entryColumns } from './entry-sql'
import { auditKeys } from './keys'
import type { LinkedEntry } from './link'
import { recordAudit } from './record'

/** Of the entry that says when chains began. */
export const chainsBegan = 'audit.chains_began'
/** Any number that nothing else in this database locks. */
const beginLock = 4_213_706_002
const batchEntries = 5_000

/**
 * Puts entries older than chains into one, once in the life of a database, and says in the log that it did. From there
 * on nothing is taken up again: an entry without a chain that turns up later was not written by Daxfleet.
 */
export async function beginChains(pool: pg.Pool): Promise<{ entries: number } | null> {
  return inTransaction(pool, async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [beginLock])
    const began = await tx.query('SELECT 1 FROM "AuditEntry" WHERE action = $1 LIMIT 1', [chainsBegan])
    if (began.rowCount !== 0) return null
    let entries = 0
    let lastId = '0'
    for (;;) {
      const taken = await chainBatch(tx, lastId)
      if (taken === null) break
      entries += taken.entries
      lastId = taken.lastId
    }
    await recordAudit(tx, systemActor, chainsBegan, 'installation', 'audit', { entries, lastId })
    return { entries }
  })
}

const setPlace = `
  UPDATE "AuditEntry" a SET chain = $1::int, link = e.link, previous = decode(e.previous, 'hex'), mac = decode(e.mac, 'hex')
  FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[]) AS e(id, link, previous, mac) WHERE a.id = e.id`

async function chainBatch(
  tx: Queryable,
  afterId: string,
): Promise<{ entries: number; lastId: string } | null> {
  const { rows } = await tx.query<LinkedEntry>(
    `SELECT ${entryColumns} FROM "AuditEntry" a WHERE a.chain IS NULL AND a.id > $1 ORDER BY a.id LIMIT ${batchEntries}`,
    [afterId],
  )
  if (rows.length === 0) return null
  const keys = auditKeys()
  const { held } = await holdChain(tx, keys, 0)
  const linked = linkOn(keys, held, rows)
  const column = (name: 'id' | 'link' | 'previous' | 'mac') => linked.map((entry) => entry[name])
  const places = [column('id'), column('link'), column('previous'), column('mac')]
  await tx.query(setPlace, [held.chain, ...places])
  const last = linked[linked.length - 1]
  await tx.query(keepHead, [held.chain, last?.link, last?.mac])
  return { entries: rows.length, lastId: last?.id ?? afterId }
}
