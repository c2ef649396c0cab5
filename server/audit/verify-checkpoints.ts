import type pg from 'pg'
import { isGenuine } from './checkpoint'
import type { Checkpoint } from './checkpoint-schema'
import type { Finding } from './finding'
import type { AuditKeys } from './keys'

/** Everything a checkpoint saw must still be there, and be the same. */
export async function againstCheckpoints(
  tx: Pick<pg.ClientBase, 'query'>,
  keys: AuditKeys,
  checkpoints: readonly Checkpoint[],
): Promise<Finding[]> {
  const findings: Finding[] = []
  // The oldest checkpoint a chain fails says it all: the later ones would say the same again.
  const told = new Set<number>()
  const oldestFirst = [...checkpoints].sort((a, b) => a.body.at.localeCompare(b.body.at))
  for (const checkpoint of oldestFirst) {
    const { at, chains } = checkpoint.body
    if (!isGenuine(checkpoint, keys.publicKey)) {
      findings.push({ type: 'forged_checkpoint', knownFrom: at })
      continue
    }
    const { rows } = await tx.query<{ chain: number; links: string; same: boolean | null; last: string }>(
      `SELECT c.chain, c.links::text, a.mac = decode(c.head, 'hex') AS same,
         coalesce((SELECT max(link) FROM "AuditEntry" l WHERE l.chain = c.chain AND l.link <= c.links), 0)::text AS last
       FROM unnest($1::int[], $2::bigint[], $3::text[]) AS c(chain, links, head)
       LEFT JOIN "AuditEntry" a ON a.chain = c.chain AND a.link = c.links`,
      [chains.map(({ chain }) => chain), chains.map(({ links }) => links), chains.map(({ head }) => head)],
    )
    for (const { chain, links, same, last } of rows) {
      if (same === true || told.has(chain)) continue
      told.add(chain)
      findings.push(
        same === null
          ? { type: 'missing', chain, from: String(BigInt(last) + 1n), to: links, knownFrom: at }
          : { type: 'other_history', chain, link: links, knownFrom: at },
      )
    }
  }
  return findings
}
