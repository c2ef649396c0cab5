import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestStage, type TestStage } from '@/test/support/caller'

let stage: TestStage
beforeAll(async () => {
  stage = await createTestStage()
})
afterAll(() => stage.close())

const pulls = () => stage.db.auditEntry.count({ where: { action: 'fleet.stop_pulled' } })

it('is pulled once, however often it is pressed', async () => {
  const first = await stage.caller.fleet.pullStop({ reason: 'smoke in row 3' })
  const second = await stage.caller.fleet.pullStop({ reason: 'again' })
  expect(first).toMatchObject({ pulled: true, reason: 'smoke in row 3', changedBy: 'ada@example.test' })
  expect(second).toEqual(first)
  expect(await pulls()).toBe(1)
})

it('is released with a reason that cannot turn text around', async () => {
  const released = await stage.caller.fleet.releaseStop({ reason: ' all\u202eclear ' })
  expect(released).toMatchObject({ pulled: false, reason: 'all clear' })
})
