import { afterAll, beforeAll, expect, it } from 'vitest'
import { recordAudit } from '@/server/audit/record'
import { createTestStage, type TestStage } from '../../support/caller'

let stage: TestStage
beforeAll(async () => {
  stage = await createTestStage()
  const ada = { kind: 'user', id: 'ada@example.test' } as const
  await stage.db.$transaction(async (tx) => {
    for (let at = 0; at < 7; at++) await recordAudit(tx, ada, 'job.approved', 'job', `job-${at}`)
    await recordAudit(tx, stage.actor, 'credential.added', 'credential', 'key-1')
    await recordAudit(tx, stage.actor, 'host.key_trusted', 'host', 'host-1')
  })
})
afterAll(() => stage.close())

const list = (filter: Parameters<TestStage['caller']['audit']['list']>[0]) => stage.caller.audit.list(filter)
const actions = async (filter: Parameters<typeof list>[0]) =>
  (await list(filter)).entries.map(({ action }) => action)

it('is searched by who, by the page’s own words for what, by subject and by time', async () => {
  expect((await list({ who: 'ADA@' })).matching).toBe(7)
  expect((await list({ what: 'run approved' })).matching).toBe(7)
  expect(await actions({ what: 'key' })).toEqual(['host.key_trusted', 'credential.added'])
  expect(await actions({ subjectKind: 'credential' })).toEqual(['credential.added'])
  const [first] = (await list({ limit: 1 })).entries
  expect((await list({ until: first?.at })).matching + (await list({ since: first?.at })).matching).toBe(9)
})

it('has pages to the end, and can be read on from an entry while others come', async () => {
  const pages = [
    await list({ limit: 4 }),
    await list({ limit: 4, offset: 4 }),
    await list({ limit: 4, offset: 8 }),
  ]
  expect(pages.map(({ entries, matching }) => [entries.length, matching])).toEqual([
    [4, 9],
    [4, 9],
    [1, 9],
  ])
  const last = pages[0]?.entries.at(-1)
  await stage.db.$transaction((tx) => recordAudit(tx, stage.actor, 'host.updated', 'host', 'host-2'))
  expect((await list({ limit: 4, beforeId: last?.id })).entries).toEqual(pages[1]?.entries)
})
