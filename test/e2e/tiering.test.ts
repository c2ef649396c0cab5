import { describe, expect, it } from 'vitest'
import { fill } from '@/scripts/bench/capacity/fill'
import { createPool } from '@/server/lib/pg'
import { inspectionOf } from '@/test/support/inspection'
import { useVisitor } from '@/test/support/visitor'

const MIB = 1024n * 1024n

/** A host with a node of DRAM and one of CXL memory, of which firmware tells bandwidth and latency. */
const inspection = inspectionOf('tiered', {
  tiering: {
    tiers: [
      { tier: 4, nodes: [0] },
      { tier: 22, nodes: [1] },
    ],
    demotionEnabled: false,
    numaBalancing: 1,
  },
  features: [
    { feature: 'dax_bus', since: '5.1', present: true },
    { feature: 'kmem_by_kind', since: '6.3', present: true },
    { feature: 'device_state', since: '2026', present: false },
  ],
  autoOnline: {
    policy: 'offline',
    bootParameter: null,
    udevRules: [
      {
        file: '/usr/lib/udev/rules.d/40-redhat.rules',
        line: 'ATTR{state}=="offline", ATTR{state}="$env{.state}"',
        writes: 'online_movable',
        acts: 'yes',
        actsOnOffline: 'no',
      },
    ],
  },
  nodes: [0, 1].map((id) => ({
    id,
    memTotalBytes: String(1024n * MIB),
    memFreeBytes: String(512n * MIB),
    hasCpus: id === 0,
    distances: id === 0 ? [10, 20] : [20, 10],
    access:
      id === 0
        ? []
        : [
            {
              initiatorClass: 0 as const,
              initiators: [0],
              readBandwidthMibs: 25_600,
              writeBandwidthMibs: 25_600,
              readLatencyNs: 250,
              writeLatencyNs: 310,
            },
          ],
    blocks: { online: 8, offline: 0, movable: id === 0 ? 0 : 8, normal: id === 0 ? 8 : 0 },
  })),
})

const health = [
  {
    fact: 'bad_blocks',
    of: 'region0',
    value: 0,
    detail: '',
    source: '/sys/devices/ndbus0/region0/badblocks',
  },
  { fact: 'health_state', of: 'mem0', value: 0, detail: 'ok', source: '/usr/bin/cxl list -MH' },
  { fact: 'life_used', of: 'mem0', value: 96, detail: '', source: '/usr/bin/cxl list -MH' },
  { fact: 'unreadable', of: 'nmem0', value: 1, detail: 'ndctl is not on this host', source: 'ndctl' },
  { fact: 'poison', of: 'region0', value: 2, detail: '', source: '/usr/bin/cxl list -r region0 -L' },
]

describe('tiering and health', () => {
  const visitor = useVisitor('tiering-')

  it('names the hosts whose tiering differs, and leads to them and to what one of them tells', async () => {
    const { page, product, look, fillAccount, button } = visitor
    await page.goto(product.link)
    await fillAccount()
    await button('Make the account and sign in').click()
    await page.waitForURL(/\/hosts/)
    const pg = createPool(product.databaseUrl(), 5)
    await fill(pg, { hosts: 12, hours: 2, converted: 0.9 })
    await pg.query(
      `UPDATE "Host" SET "demotionEnabled" = true, "numaBalancing" = 2, "memoryTiers" = 2, "farthestDistance" = 20,
       "slowestReadMibs" = 25600, "longestReadNs" = 250, "autoOnlinePolicy" = 'offline', "inspectedAt" = now()`,
    )
    await pg.query(
      `UPDATE "Host" SET "slowestReadMibs" = 12800, "longestReadNs" = 400
       WHERE id IN (SELECT id FROM "Host" ORDER BY name DESC LIMIT 3)`,
    )
    await pg.query(
      `UPDATE "Device" SET "healthState" = 'block', detail = jsonb_set(coalesce(detail, '{}'), '{health}', $1)
       WHERE id IN (SELECT d.id FROM "Device" d JOIN "Host" h ON h.id = d."hostId" ORDER BY h.name LIMIT 1)`,
      [JSON.stringify(health)],
    )
    await pg.query(
      `UPDATE "Host" SET "demotionEnabled" = false, "numaBalancing" = 1, inspection = $1
     WHERE id IN (SELECT id FROM "Host" ORDER BY name LIMIT 2)`,
      [JSON.stringify(inspection)],
    )
    await pg.end()

    await page.goto(product.origin)
    await page.getByRole('heading', { name: 'Tiering across the fleet' }).waitFor()
    await page.getByRole('link', { name: '10 hosts have demotion on' }).waitFor()
    await page.getByRole('link', { name: '2 hosts have demotion off' }).scrollIntoViewIfNeeded()
    await look('1-fleet')

    await page.getByRole('link', { name: '2 hosts have demotion off' }).click()
    await page.waitForURL(/\/hosts\?q=/)
    const rows = page.getByRole('link', { name: /^node-000/ })
    await expect.poll(() => rows.count()).toBe(2)
    await rows.first().click()
    await page.getByRole('heading', { name: 'Tiering' }).waitFor()
    await page.getByText('4: node 0 · 22: node 1').waitFor()
    await page.getByText('250 / 310').waitFor()
    await page.getByText('It writes online_movable to new memory blocks.').waitFor()
    await page.getByRole('heading', { name: 'Health', exact: true }).waitFor()
    await page.getByText('Poison', { exact: true }).waitFor()
    await look('2-host')

    await page.getByRole('link', { name: 'Policy', exact: true }).click()
    await page.getByRole('heading', { name: 'What warns and what blocks' }).waitFor()
    await look('3-health-policy')
    await page.getByRole('group', { name: 'Life used' }).getByLabel('Blocks from').fill('90')
    await page.getByText('What blocks has to be worse than what warns.').waitFor()
    await page.getByRole('group', { name: 'Life used' }).getByLabel('Warns from').fill('80')
    await button('Save').click()
    await page.getByText('Saved. It holds for every plan from now on.').first().waitFor()
    await page.getByRole('link', { name: '1', exact: true }).first().click()
    await page.waitForURL(/q=health/)
    await expect.poll(() => page.getByRole('link', { name: /^node-000/ }).count()).toBe(1)

    await page.goto(product.origin)
    await page.getByText('50 % less than most').waitFor()
  })
})
