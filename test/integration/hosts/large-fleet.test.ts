import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { convertedDevice } from '@/test/support/inspection'

const hostCount = 10_000

let stage: TestStage
beforeAll(async () => {
  stage = await createTestStage()
  await stage.pg.query(
    `WITH hosts AS (
       INSERT INTO "Host" (id, name, address, username, labels, state, "memTotalBytes", "kernelRelease", "updatedAt")
       SELECT gen_random_uuid(), 'host-' || lpad(n::text, 5, '0'), 'host-' || n || '.test', 'root',
         jsonb_build_object('rack', 'r' || n % 100), (ARRAY['ready', 'unreachable'])[1 + n % 2]::"HostState",
         2147483648, '6.12.9-amd64', now()
       FROM generate_series(1, $1) AS n RETURNING id
     )
     INSERT INTO "Device" (id, "hostId", identity, "daxName", kind, driver, mode, state, "sizeBytes", "onlineBytes",
       "onlineBlocks", "totalBlocks", "usableBytes", "lostBytes", "memmapBytes", blocks, detail)
     SELECT gen_random_uuid(), hosts.id, 'pmem:' || d, 'dax' || d || '.0', 'pmem', 'kmem', 'system-ram', 'system_ram',
       1054867456, 939524096, 7, 7, 939524096, 115343360, 14680064, '[]', $2
     FROM hosts, generate_series(0, 1) AS d`,
    [hostCount, JSON.stringify(convertedDevice())],
  )
  await stage.pg.query('ANALYZE')
})
afterAll(() => stage.close())

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return Math.round(performance.now() - started)
}

describe('a fleet of ten thousand hosts', () => {
  it('is listed whole, with every device summed', async () => {
    const { hosts, matching } = await stage.caller.hosts.list({})
    expect([hosts.length, matching]).toEqual([hostCount, hostCount])
    expect(hosts.every((host) => host.pmemOnlineBytes === 1_879_048_192n)).toBe(true)
  })

  it('is narrowed by the database, which costs less than reading it whole', async () => {
    const whole = await millisecondsOf(() => stage.caller.hosts.list({}))
    const narrow = await millisecondsOf(() =>
      stage.caller.hosts.list({ query: 'label:rack=r7 state:unreachable' }),
    )
    const summary = await millisecondsOf(() => stage.caller.hosts.summary())
    console.log(`10,000 hosts: whole list ${whole} ms, one rack ${narrow} ms, summary ${summary} ms`)
    expect(narrow).toBeLessThan(whole)
  })
})
