import type { Prisma } from '@/prisma/generated/client'
import { rowsOf } from '@/server/lib/sql-sink'
import type { AuditKeys } from './keys'
import { type LinkedEntry, macOf } from './link'

/** A Prisma transaction, or a `pg` client inside one; never a pool, whose statements are transactions each. */
export type AuditSink =
  | (Pick<Prisma.TransactionClient, '$executeRawUnsafe' | '$queryRawUnsafe'> & { $connect?: never })
  | {
      query(text: string, values: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>
      totalCount?: never
    }

export type NewEntry = Omit<LinkedEntry, 'chain' | 'link' | 'id' | 'at'>

/** The end of a chain that this transaction holds. */
export interface HeldChain {
  chain: number
  links: bigint
  head: Buffer
}

/**
 * Takes the first chain of this key that nobody holds, or begins one. It never waits, so it can be in no deadlock,
 * whatever its transaction locked before or locks afterwards. A row somebody changed meanwhile is read anew by FOR
 * UPDATE: the head is always the last committed one.
 */
const hold = `
  WITH free AS (
    SELECT number, links, head FROM "AuditChain" WHERE "keyId" = $1 ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED),
  begun AS (
    INSERT INTO "AuditChain" ("keyId") SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM free) RETURNING number, links, head),
  held AS (SELECT * FROM free UNION ALL SELECT * FROM begun)
  SELECT number AS chain, links::text, encode(head, 'hex') AS head,
    to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
    array_to_string(ARRAY(SELECT nextval('"AuditEntry_id_seq"') FROM generate_series(1, $2::int)), ',') AS ids
  FROM held`

const write = `
  WITH written AS (
    INSERT INTO "AuditEntry" (chain, at, "actorKind", "actorId", "clientAddress", "userAgent", "tokenId",
      id, link, action, "subjectKind", "subjectId", detail, previous, mac)
    SELECT $1::int, $2::timestamptz, $3, $4, $5, $6, $7, e.id, e.link, e.action, e.kind, e.subject, e.detail::jsonb,
      decode(e.previous, 'hex'), decode(e.mac, 'hex')
    FROM unnest($8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[])
      AS e(id, link, action, kind, subject, detail, previous, mac))
  UPDATE "AuditChain" SET links = $16::bigint, head = decode($17, 'hex') WHERE number = $1::int`

export const keepHead = `UPDATE "AuditChain" SET links = $2::bigint, head = decode($3, 'hex') WHERE number = $1::int`

type HeldRow = { chain: number; links: string; head: string; at: string; ids: string }

/** Holds a chain until the transaction ends; with it come the time and `count` ids of entries. */
export async function holdChain(tx: AuditSink, keys: AuditKeys, count: number) {
  const [row] = await rowsOf<HeldRow>(tx, hold, [keys.id, count])
  if (row === undefined) throw new Error('The audit log gave no chain to write to.')
  const held: HeldChain = { chain: row.chain, links: BigInt(row.links), head: Buffer.from(row.head, 'hex') }
  return { held, at: row.at, ids: row.ids === '' ? [] : row.ids.split(',') }
}

/** Appends entries of one actor to one chain, in their order: two statements, whatever their number. */
export async function appendEntries(
  tx: AuditSink,
  keys: AuditKeys,
  entries: readonly NewEntry[],
): Promise<void> {
  const [first] = entries
  if (first === undefined) return
  const { held, at, ids } = await holdChain(tx, keys, entries.length)
  const linked = linkOn(
    keys,
    held,
    entries.map((entry, index) => ({ ...entry, at, id: ids[index] ?? '' })),
  )
  const { actorKind, actorId, clientAddress, userAgent, tokenId } = first
  const column = <K extends keyof (typeof linked)[number]>(name: K) => linked.map((entry) => entry[name])
  const last = linked[linked.length - 1]
  await run(tx, write, [
    ...[held.chain, at, actorKind, actorId, clientAddress, userAgent, tokenId],
    ...[column('id'), column('link'), column('action'), column('subjectKind'), column('subjectId')],
    linked.map(({ detail }) => JSON.stringify(detail)),
    ...[column('previous'), column('mac'), last?.link, last?.mac],
  ])
}

/** What follows on a chain's head: links, and codes in hex. */
export function linkOn<T extends Omit<LinkedEntry, 'chain' | 'link'>>(
  keys: AuditKeys,
  { chain, links, head }: HeldChain,
  entries: readonly T[],
) {
  let previous = head
  return entries.map((entry, index) => {
    const link = String(links + BigInt(index) + 1n)
    const mac = macOf(keys.mac, previous, { ...entry, chain, link })
    const linked = { ...entry, chain, link, previous: previous.toString('hex'), mac: mac.toString('hex') }
    previous = mac
    return linked
  })
}

async function run(tx: AuditSink, text: string, values: unknown[]): Promise<void> {
  if ('query' in tx) await tx.query(text, values)
  else await tx.$executeRawUnsafe(text, ...values)
}
