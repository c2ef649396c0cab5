import type { ServiceContext } from '@/server/lib/service-context'
import type { RestAnswer } from './problem'

type Ctx = Pick<ServiceContext, 'pg'>

/** How long an answer is kept; after that the same key is a new request. */
const keptHours = 24

/** Printable, so that it can be logged and compared by eye. */
export const keyShape = /^[\x21-\x7e]{1,200}$/

export type Claim =
  /** Ours to carry out; whoever sends the same from now on waits for our answer. */
  | { type: 'first' }
  | { type: 'answered'; status: number; body: string }
  | { type: 'in progress' }
  | { type: 'other request' }

/** Takes the key for this request, by one statement: of two that come at once, one is the first. */
export async function claimKey(
  { pg }: Ctx,
  { tokenId, key, requestHash }: { tokenId: string; key: string; requestHash: string },
): Promise<Claim> {
  await pg.query(`DELETE FROM "KeptAnswer" WHERE "createdAt" < now() - $1 * interval '1 hour'`, [keptHours])
  const { rowCount } = await pg.query(
    `INSERT INTO "KeptAnswer" ("tokenId", key, "requestHash") VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
    [tokenId, key, requestHash],
  )
  if (rowCount === 1) return { type: 'first' }
  const { rows } = await pg.query<{ requestHash: string; status: number | null; body: string | null }>(
    `SELECT "requestHash", status, body FROM "KeptAnswer" WHERE "tokenId" = $1 AND key = $2`,
    [tokenId, key],
  )
  const [kept] = rows
  if (kept === undefined) return { type: 'in progress' }
  if (kept.requestHash !== requestHash) return { type: 'other request' }
  if (kept.status === null || kept.body === null) return { type: 'in progress' }
  return { type: 'answered', status: kept.status, body: kept.body }
}

/**
 * Keeps the answer of the first request. One that failed for no fault of its sender leaves the key free: nothing was
 * saved, and trying again is what the key is for.
 */
export async function keepAnswer(
  { pg }: Ctx,
  { tokenId, key }: { tokenId: string; key: string },
  { status, body }: RestAnswer,
): Promise<void> {
  if (status >= 500)
    await pg.query(`DELETE FROM "KeptAnswer" WHERE "tokenId" = $1 AND key = $2`, [tokenId, key])
  else
    await pg.query(`UPDATE "KeptAnswer" SET status = $3, body = $4 WHERE "tokenId" = $1 AND key = $2`, [
      tokenId,
      key,
      status,
      body,
    ])
}
