import type pg from 'pg'
import { inTransaction } from '@/server/lib/pg'
import { chainsBegan } from './begin-chains'
import type { Checkpoint } from './checkpoint-schema'
import { entryColumns } from './entry-sql'
import type { Finding, Verification } from './finding'
import type { AuditKeys } from './keys'
import { type LinkedEntry, macOf, noMac } from './link'
import { againstCheckpoints } from './verify-checkpoints'

const batchEntries = 5_000
/** More are counted, not listed: one altered table would fill the page. */
const listedFindings = 200

export type StoredEntry = LinkedEntry & { previous: Buffer; mac: Buffer }
interface Chain {
  number: number
  keyId: string
  links: string
  head: Buffer
}

/**
 * Reads the whole log and computes every code again, as of one moment and without stopping writers. Nothing is
 * changed. `signal` ends it between two batches.
 */
export async function verifyAudit(
  pool: pg.Pool,
  keys: AuditKeys,
  checkpoints: readonly Checkpoint[],
  signal?: AbortSignal,
): Promise<Verification> {
  return inTransaction(pool, async (tx) => {
    await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    const findings = new Findings()
    const chains = await tx.query<Chain>(
      'SELECT number, "keyId", links::text, head FROM "AuditChain" ORDER BY number',
    )
    let entries = 0
    for (const chain of chains.rows) {
      if (chain.keyId !== keys.id) {
        if (chain.links !== '0')
          findings.add({ type: 'other_key', chain: chain.number, keyId: chain.keyId, entries: chain.links })
        continue
      }
      entries += await verifyChain(tx, keys, chain, findings, signal)
    }
    await findStrays(tx, findings)
    for (const finding of await againstCheckpoints(tx, keys, checkpoints)) findings.add(finding)
    return {
      at: new Date(),
      entries,
      chains: chains.rows.length,
      checkpoints: checkpoints.length,
      newestCheckpointAt: checkpoints.reduce<Date | null>((newest, { body }) => {
        const at = new Date(body.at)
        return newest === null || at > newest ? at : newest
      }, null),
      began: await beginning(tx),
      findings: findings.listed,
      findingCount: findings.count,
    }
  })
}

class Findings {
  readonly listed: Finding[] = []
  count = 0
  add(finding: Finding): void {
    this.count += 1
    if (this.listed.length < listedFindings) this.listed.push(finding)
  }
}

async function verifyChain(
  tx: pg.PoolClient,
  keys: AuditKeys,
  chain: Chain,
  findings: Findings,
  signal?: AbortSignal,
): Promise<number> {
  let entries = 0
  let link = 0n
  let mac: Buffer | null = noMac
  const wrong: StoredEntry[] = []
  for (;;) {
    signal?.throwIfAborted()
    const { rows } = await tx.query<StoredEntry>(
      `SELECT ${entryColumns}, a.previous, a.mac FROM "AuditEntry" a WHERE a.chain = $1 AND a.link > $2 ORDER BY a.link LIMIT ${batchEntries}`,
      [chain.number, link],
    )
    if (rows.length === 0) break
    for (const row of rows) {
      const at = BigInt(row.link)
      if (at !== link + 1n) {
        findings.add(missing(chain.number, link + 1n, at - 1n))
        mac = null
      }
      const isWhole = macOf(keys.mac, row.previous, row).equals(row.mac)
      if (!isWhole) wrong.push(row)
      // A link that is whole itself, yet follows on something else than what now stands before it.
      else if (mac !== null && !row.previous.equals(mac))
        findings.add({ type: 'replaced', chain: chain.number, link: row.link, id: row.id })
      link = at
      mac = isWhole ? row.mac : null
      entries += 1
    }
  }
  for (const finding of explain(keys, wrong)) findings.add(finding)
  if (BigInt(chain.links) > link) findings.add(missing(chain.number, link + 1n, BigInt(chain.links)))
  else if (BigInt(chain.links) < link || (mac !== null && !chain.head.equals(mac)))
    findings.add({ type: 'head', chain: chain.number, links: chain.links, found: String(link) })
  return entries
}

/** An entry whose code is not its own is either altered, or whole in another place: then it was moved. */
function explain(keys: AuditKeys, wrong: readonly StoredEntry[]): Finding[] {
  const places = wrong.slice(0, listedFindings).map(({ chain, link }) => ({ chain, link }))
  return wrong.map((row) => {
    const { chain, link, id, action } = row
    const home = places.find(
      (place) => place.link !== link && macOf(keys.mac, row.previous, { ...row, ...place }).equals(row.mac),
    )
    return home === undefined
      ? { type: 'altered' as const, chain, link, id, action }
      : { type: 'moved' as const, chain, link, id, action, from: home.link }
  })
}

function missing(chain: number, from: bigint, to: bigint): Finding {
  return { type: 'missing', chain, from: String(from), to: String(to), knownFrom: null }
}

/** Entries of no chain, once there are chains, and entries of a chain that does not exist. */
async function findStrays(tx: pg.PoolClient, findings: Findings): Promise<void> {
  const began = await beginning(tx)
  const { rows } = await tx.query<{ id: string; chain: number | null }>(
    `SELECT a.id::text, a.chain FROM "AuditEntry" a LEFT JOIN "AuditChain" c ON c.number = a.chain
     WHERE c.number IS NULL ORDER BY a.id`,
  )
  for (const { id, chain } of rows) {
    if (chain !== null || began !== null) findings.add({ type: 'stray', id })
  }
  const unchained = rows.length
  if (began === null && unchained > 0) findings.add({ type: 'not_begun', entries: String(unchained) })
}

async function beginning(tx: pg.PoolClient): Promise<Verification['began']> {
  const { rows } = await tx.query<{ at: Date; detail: { entries: number; lastId: string } }>(
    'SELECT at, detail FROM "AuditEntry" WHERE action = $1 ORDER BY id LIMIT 1',
    [chainsBegan],
  )
  const [row] = rows
  if (row === undefined) return null
  return { at: row.at, earlierEntries: row.detail.entries, lastEarlierId: row.detail.lastId }
}
