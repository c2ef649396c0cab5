import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeCheckpoint } from '@/server/audit/checkpoint'
import type { Checkpoint } from '@/server/audit/checkpoint-schema'
import { auditKeys } from '@/server/audit/keys'
import { recordAudit } from '@/server/audit/record'
import { verifyAudit } from '@/server/audit/verify'
import { inTransaction } from '@/server/lib/pg'
import { tamper } from '../../support/audit'
import { createTestStage, type TestStage } from '../../support/caller'

const entries = 30
let stage: TestStage
let checkpoint: Checkpoint
let ids: string[]

beforeAll(async () => {
  stage = await createTestStage()
  // Several at once, so that there are several chains.
  await Promise.all(
    Array.from({ length: entries }, (_, at) =>
      inTransaction(stage.pg, (tx) =>
        recordAudit(tx, stage.actor, 'host.updated', 'host', randomUUID(), { at }),
      ),
    ),
  )
  checkpoint = await makeCheckpoint(stage.pg, auditKeys())
  ids = (await stage.db.auditEntry.findMany()).map(({ id }) => String(id))
})
afterAll(() => stage.close())

const pick = fc.nat({ max: entries - 1 })
const text = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme-ascii' })
const strike = fc.oneof(
  fc.record({ type: fc.constant('remove' as const), at: pick }),
  fc.record({
    type: fc.constant('write' as const),
    at: pick,
    column: fc.constantFrom(
      'actorId',
      'action',
      'subjectKind',
      'subjectId',
      'clientAddress',
      'userAgent',
      'tokenId',
    ),
    text,
  }),
  fc.record({ type: fc.constant('swap' as const), at: pick, with: pick }),
  fc.record({ type: fc.constant('copy' as const), at: pick }),
  fc.record({ type: fc.constant('cut' as const), at: pick }),
)

/** One strike as SQL; the note of the chain's end is mended wherever somebody clever would. */
function sqlOf(blow: typeof strike extends fc.Arbitrary<infer T> ? T : never): string {
  const id = ids[blow.at] ?? ''
  switch (blow.type) {
    case 'remove':
      return `DELETE FROM "AuditEntry" WHERE id = ${id}`
    case 'write':
      return `UPDATE "AuditEntry" SET "${blow.column}" = '${blow.text.replaceAll("'", "''")}' WHERE id = ${id}`
    case 'swap': {
      // What is told changes places, and with it everything a reader sees but the order.
      const other = ids[blow.with] ?? ''
      return `UPDATE "AuditEntry" a SET detail = b.detail, "subjectId" = b."subjectId" FROM "AuditEntry" b
        WHERE (a.id, b.id) IN ((${id}, ${other}), (${other}, ${id}))`
    }
    case 'copy':
      return `INSERT INTO "AuditEntry" ("actorKind", "actorId", action, "subjectKind", "subjectId", chain, link, previous, mac)
        SELECT "actorKind", "actorId", action, "subjectKind", "subjectId", a.chain,
          (SELECT max(link) + 1 FROM "AuditEntry" l WHERE l.chain = a.chain), mac, mac FROM "AuditEntry" a WHERE id = ${id}`
    case 'cut':
      return `WITH at AS (SELECT chain, link, previous FROM "AuditEntry" WHERE id = ${id}),
        gone AS (DELETE FROM "AuditEntry" e USING at WHERE e.chain = at.chain AND e.link >= at.link)
        UPDATE "AuditChain" SET links = at.link - 1, head = at.previous FROM at WHERE number = at.chain`
  }
}

const content = `SELECT coalesce(jsonb_agg(to_jsonb(a) ORDER BY id), '[]')::text AS all FROM "AuditEntry" a`

it('finds any tampering that changes anything, and none where there is none', async () => {
  await tamper(stage, 'CREATE TABLE "KeptEntry" AS TABLE "AuditEntry"')
  await tamper(stage, 'CREATE TABLE "KeptChain" AS TABLE "AuditChain"')
  const read = async () => (await stage.pg.query<{ all: string }>(content)).rows[0]?.all
  const whole = await read()
  await fc.assert(
    fc.asyncProperty(fc.array(strike, { minLength: 1, maxLength: 4 }), async (blows) => {
      try {
        for (const blow of blows) await tamper(stage, sqlOf(blow))
        const changed = (await read()) !== whole
        const { findingCount } = await verifyAudit(stage.pg, auditKeys(), [checkpoint])
        expect(findingCount > 0).toBe(changed)
      } finally {
        await tamper(
          stage,
          `DELETE FROM "AuditEntry"; INSERT INTO "AuditEntry" SELECT * FROM "KeptEntry";
           DELETE FROM "AuditChain"; INSERT INTO "AuditChain" SELECT * FROM "KeptChain"`,
        )
      }
    }),
    { numRuns: 60 },
  )
})
