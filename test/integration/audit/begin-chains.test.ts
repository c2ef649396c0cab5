import { afterAll, beforeAll, expect, it } from 'vitest'
import { beginChains } from '@/server/audit/begin-chains'
import { auditKeys } from '@/server/audit/keys'
import { recordAudit } from '@/server/audit/record'
import { verifyAudit } from '@/server/audit/verify'
import { inTransaction } from '@/server/lib/pg'
import { tamper } from '../../support/audit'
import { createTestStage, type TestStage } from '../../support/caller'

let stage: TestStage
beforeAll(async () => {
  stage = await createTestStage()
  // As an earlier Daxfleet left it.
  await tamper(stage, `ALTER TABLE "AuditEntry" DROP CONSTRAINT "AuditEntry_chained"`)
  await tamper(
    stage,
    `INSERT INTO "AuditEntry" ("actorKind", "actorId", action, "subjectKind", "subjectId", detail)
     SELECT 'user', 'ada@example.test', 'host.added', 'host', 'h' || nr, jsonb_build_object('nr', nr)
     FROM generate_series(1, 12000) nr`,
  )
})
afterAll(() => stage.close())

const verify = () => verifyAudit(stage.pg, auditKeys(), [])
const one = () => inTransaction(stage.pg, (tx) => recordAudit(tx, stage.actor, 'host.updated', 'host', 'h1'))

it('chains what was there before, once, whoever writes meanwhile, and says up to where', async () => {
  expect((await verify()).findings).toEqual([{ type: 'not_begun', entries: '12000' }])
  const [first, second] = await Promise.all([beginChains(stage.pg), beginChains(stage.pg), one()])
  expect([first, second].filter((begun) => begun !== null)).toEqual([{ entries: 12_000 }])
  const found = await verify()
  expect(found).toMatchObject({ findings: [], entries: 12_002 })
  expect(found.began).toMatchObject({ earlierEntries: 12_000 })
})

it('takes nothing up afterwards: an entry without a chain is a stranger', async () => {
  await tamper(
    stage,
    `INSERT INTO "AuditEntry" ("actorKind", "actorId", action, "subjectKind", "subjectId")
     VALUES ('user', 'ada@example.test', 'host.added', 'host', 'forged')`,
  )
  expect(await beginChains(stage.pg)).toBeNull()
  expect((await verify()).findings).toMatchObject([{ type: 'stray' }])
})

it('lets nothing of an entry but its place be filled in, and no table be emptied', async () => {
  const refused = (sql: string) =>
    stage.pg.query(sql).then(
      () => '',
      (error: Error) => error.message,
    )
  expect(await refused(`UPDATE "AuditEntry" SET chain = 1, action = 'x' WHERE chain IS NULL`)).toMatch(
    /append-only/,
  )
  expect(await refused(`UPDATE "AuditEntry" SET chain = chain WHERE link = 1`)).toMatch(/append-only/)
  expect(await refused('TRUNCATE "AuditEntry"')).toMatch(/append-only/)
})
