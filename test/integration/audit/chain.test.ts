import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeCheckpoint } from '@/server/audit/checkpoint'
import { auditKeys, deriveAuditKeys } from '@/server/audit/keys'
import { recordAudit, recordAudits } from '@/server/audit/record'
import { verifyAudit } from '@/server/audit/verify'
import { findingWords } from '@/server/audit/vocabulary'
import { inTransaction } from '@/server/lib/pg'
import { transactionLimits } from '@/server/lib/service-context'
import { tamper } from '../../support/audit'
import { createTestStage, type TestStage } from '../../support/caller'

let stage: TestStage
beforeAll(async () => {
  stage = await createTestStage()
})
afterAll(() => stage.close())

const ada = { kind: 'user', id: 'ada@example.test' } as const
const keys = auditKeys()
const verify = (checkpoints: Parameters<typeof verifyAudit>[2] = []) =>
  verifyAudit(stage.pg, keys, checkpoints)

/** One after the other: with nobody else about they share the first chain. */
async function write(count: number): Promise<string> {
  const subject = randomUUID()
  for (let at = 0; at < count; at++)
    await inTransaction(stage.pg, (tx) => recordAudit(tx, ada, 'host.updated', 'host', subject, { at }))
  return subject
}
const idsOf = async (subject: string) =>
  (await stage.db.auditEntry.findMany({ where: { subjectId: subject }, orderBy: { id: 'asc' } })).map(
    ({ id }) => id,
  )

/** What is found while `sql` stands; afterwards everything is as it was. */
async function foundWhile(
  sql: string,
  values: unknown[] | undefined = undefined,
  checkpoints: Parameters<typeof verifyAudit>[2] = [],
) {
  await tamper(stage, 'CREATE TABLE "KeptEntry" AS TABLE "AuditEntry"; ')
  await tamper(stage, 'CREATE TABLE "KeptChain" AS TABLE "AuditChain"')
  try {
    await tamper(stage, sql, values)
    return (await verify(checkpoints)).findings
  } finally {
    await tamper(
      stage,
      `DELETE FROM "AuditEntry"; INSERT INTO "AuditEntry" SELECT * FROM "KeptEntry";
      DELETE FROM "AuditChain"; INSERT INTO "AuditChain" SELECT * FROM "KeptChain";
      DROP TABLE "KeptEntry"; DROP TABLE "KeptChain"`,
    )
    expect((await verify(checkpoints)).findings).toEqual([])
  }
}

it('chains what Prisma and pg write, alone and in bulk', async () => {
  const subject = randomUUID()
  await inTransaction(stage.pg, (tx) => recordAudit(tx, ada, 'host.updated', 'host', subject, { by: 'pg' }))
  await stage.db.$transaction(async (tx) => {
    await recordAudit(tx, ada, 'host.updated', 'host', subject, {
      by: 'prisma',
      nested: { b: 1, a: [null, 1.5e300] },
    })
    await recordAudits(
      tx,
      { ...ada, from: { clientAddress: '192.0.2.7', userAgent: 'curl', tokenId: null } },
      'host.added',
      'host',
      [
        { id: subject, detail: { text: 'ü \u{1f600} "\\ \n', gone: undefined as never } },
        { id: subject, detail: {} },
      ],
    )
  })
  const rows = await stage.db.auditEntry.findMany({ where: { subjectId: subject }, orderBy: { id: 'asc' } })
  expect(rows.map(({ link }) => link)).toEqual([1n, 2n, 3n, 4n])
  expect(rows[2]).toMatchObject({ clientAddress: '192.0.2.7', userAgent: 'curl', tokenId: null })
  expect(await verify()).toMatchObject({ findings: [], entries: 4, chains: 1 })
})

it('takes what a host said and Postgres has no form for in the nearest it has', async () => {
  const subject = randomUUID()
  await inTransaction(stage.pg, (tx) =>
    recordAudit(tx, ada, 'job.abort_sent', 'job', subject, { refused: 'no\0 \ud800' }),
  )
  const { detail } = await stage.db.auditEntry.findFirstOrThrow({ where: { subjectId: subject } })
  expect(detail).toEqual({ refused: 'no\ufffd \ufffd' })
  expect((await verify()).findings).toEqual([])
})

it('is not written when its change is not', async () => {
  const before = await stage.db.auditEntry.count()
  const broken = inTransaction(stage.pg, async (tx) => {
    await recordAudit(tx, ada, 'host.updated', 'host', randomUUID())
    throw new Error('broken')
  })
  await expect(broken).rejects.toThrow('broken')
  await write(1)
  expect(await stage.db.auditEntry.count()).toBe(before + 1)
  expect((await verify()).findings).toEqual([])
})

it('lets transactions that lock the same rows in any order write at once, and none waits for another’s chain', async () => {
  const subjects = Array.from({ length: 4 }, () => randomUUID())
  const held = await stage.pg.connect()
  await held.query('BEGIN')
  await recordAudit(held, ada, 'host.updated', 'host', randomUUID())
  // While that one stays open, others come to their end.
  await Promise.all(
    Array.from({ length: 40 }, (_, at) => {
      const work = async (tx: Parameters<typeof recordAudit>[0]) => {
        const order = at % 2 === 0 ? subjects : [...subjects].reverse()
        for (const subject of order) await recordAudit(tx, ada, 'host.updated', 'host', subject, { at })
      }
      return at % 3 === 0 ? stage.db.$transaction(work, transactionLimits) : inTransaction(stage.pg, work)
    }),
  )
  await held.query('COMMIT')
  held.release()
  const { findings, chains } = await verify()
  expect(findings).toEqual([])
  expect(chains).toBeGreaterThan(1)
  expect(await stage.db.auditEntry.count({ where: { subjectId: { in: subjects } } })).toBe(160)
})

it('names an entry that was altered, in any of its columns', async () => {
  const [, id] = await idsOf(await write(3))
  for (const change of [
    `detail = '{"at": 7}'`,
    `"actorId" = 'eve@example.test'`,
    `action = 'host.removed'`,
    `at = at + interval '1 microsecond'`,
    `"clientAddress" = '192.0.2.9'`,
    `"subjectId" = 'another'`,
  ]) {
    const findings = await foundWhile(`UPDATE "AuditEntry" SET ${change} WHERE id = $1`, [id])
    expect(findings, change).toMatchObject([{ type: 'altered', id: String(id) }])
  }
})

it('names what was removed from the middle and from the end', async () => {
  const [, second, third] = await stage.db.auditEntry.findMany({
    where: { subjectId: await write(3) },
    orderBy: { id: 'asc' },
  })
  const link = (row = second) => ({
    type: 'missing',
    chain: row?.chain,
    from: String(row?.link),
    to: String(row?.link),
  })
  expect(await foundWhile('DELETE FROM "AuditEntry" WHERE id = $1', [second?.id])).toMatchObject([link()])
  expect(await foundWhile('DELETE FROM "AuditEntry" WHERE id = $1', [third?.id])).toMatchObject([link(third)])
})

it('names entries that changed places', async () => {
  const [one, two] = await stage.db.auditEntry.findMany({
    where: { subjectId: await write(2) },
    orderBy: { id: 'asc' },
  })
  const findings = await foundWhile(`
    UPDATE "AuditEntry" SET link = link + 1000000 WHERE id IN (${one?.id}, ${two?.id});
    UPDATE "AuditEntry" SET link = ${two?.link} WHERE id = ${one?.id};
    UPDATE "AuditEntry" SET link = ${one?.link} WHERE id = ${two?.id}`)
  expect(findings).toMatchObject([
    { type: 'moved', id: String(two?.id), link: String(one?.link), from: String(two?.link) },
    { type: 'moved', id: String(one?.id), link: String(two?.link), from: String(one?.link) },
  ])
})

it('finds with a checkpoint that the end was cut off, and everything replaced', async () => {
  await write(5)
  const checkpoint = await makeCheckpoint(stage.pg, keys)
  await write(1)
  // The whole end, and the note of it: without a checkpoint nothing could tell.
  const cut = `WITH cut AS (DELETE FROM "AuditEntry" WHERE chain = 1 AND link > (SELECT max(link) - 3 FROM "AuditEntry" WHERE chain = 1) RETURNING link, previous)
    UPDATE "AuditChain" SET links = first.link - 1, head = first.previous
    FROM (SELECT link, previous FROM cut ORDER BY link LIMIT 1) first WHERE number = 1`
  expect(await foundWhile(cut)).toEqual([])
  const findings = await foundWhile(cut, undefined, [checkpoint])
  expect(findings).toMatchObject([{ type: 'missing', chain: 1, knownFrom: checkpoint.body.at }])
  expect(findings.map(findingWords)[0]).toMatch(/are missing: removed\. The checkpoint of .* saw them/)

  const other = await createTestStage()
  try {
    for (let at = 0; at < 60; at++)
      await inTransaction(other.pg, (tx) => recordAudit(tx, ada, 'host.updated', 'host', 'x', { at }))
    const replaced = await verifyAudit(other.pg, keys, [checkpoint])
    expect(replaced.findings.map(({ type }) => type)).toContain('other_history')
  } finally {
    await other.close()
  }
})

it('does not take a checkpoint that was changed, or another key’s chains, for its own', async () => {
  const checkpoint = await makeCheckpoint(stage.pg, keys)
  const changed = { ...checkpoint, body: { ...checkpoint.body, chains: [] } }
  expect((await verify([changed])).findings).toMatchObject([{ type: 'forged_checkpoint' }])
  const strange = await verifyAudit(stage.pg, deriveAuditKeys(Buffer.alloc(32, 7)), [])
  expect(new Set(strange.findings.map(({ type }) => type))).toEqual(new Set(['other_key']))
})

it('chains ten thousand entries of one transaction', async () => {
  const subjects = Array.from({ length: 10_000 }, (_, at) => ({
    id: randomUUID(),
    detail: { name: `host-${at}`, port: 22 },
  }))
  await stage.db.$transaction((tx) => recordAudits(tx, ada, 'host.added', 'host', subjects), {
    timeout: 30_000,
  })
  expect((await verify()).findings).toEqual([])
})
