import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { addHost } from '@/test/support/fleet'

let stage: TestStage
beforeAll(async () => {
  stage = await createTestStage()
})
afterAll(() => stage.close())

it('a change of a host is told with what was there before, and nothing that stayed as it was', async () => {
  const hostId = await addHost(stage, 'db-01')
  await stage.caller.hosts.update({ hostId, port: 2222, username: 'root', labels: { rack: 'r12' } })
  await stage.caller.hosts.update({ hostId, address: 'DB-01.example', labels: { rack: 'r13' } })
  const entries = await stage.db.auditEntry.findMany({
    where: { action: 'host.updated', subjectId: hostId },
    orderBy: { id: 'asc' },
  })
  expect(entries.map(({ detail }) => detail)).toEqual([
    { name: 'db-01', port: 2222, labels: { rack: 'r12' }, before: { port: 22, labels: {} } },
    {
      name: 'db-01',
      address: 'db-01.example',
      labels: { rack: 'r13' },
      before: { address: 'db-01.test', labels: { rack: 'r12' } },
    },
  ])
})
