import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { fill } from '@/scripts/bench/capacity/fill'
import { createPool } from '@/server/lib/pg'
import { useVisitor } from '@/test/support/visitor'

describe('capacity, from the overview to one host', () => {
  const visitor = useVisitor('capacity-')
  const { button, look, fillAccount } = visitor
  let page: Page
  let origin = ''
  /** A host that was converted within the last day, by a run. */
  let host = { id: '', name: '', rack: '' }
  beforeAll(() => {
    page = visitor.page
    origin = visitor.product.origin
  })
  const fitsPhone = async () => {
    await page.setViewportSize({ width: 390, height: 900 })
    // Charts follow the size of their card a frame later.
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth))
      .toBeLessThanOrEqual(390)
    await page.setViewportSize({ width: 1440, height: 900 })
  }
  const chart = (name: RegExp) => page.getByRole('slider', { name })
  const drawn = (name: RegExp) => chart(name).locator('canvas').waitFor()
  const search = () => new URL(page.url()).searchParams

  it('begins with the three steps to the first host', async () => {
    await page.goto(visitor.product.link)
    await fillAccount()
    await button('Make the account and sign in').click()
    await page.waitForURL(/\/hosts/)
    await page.getByRole('link', { name: 'Overview' }).click()
    await page.getByRole('heading', { name: 'Four steps to the first host' }).waitFor()
    await look('1-empty')
  })

  it('shows the fleet, and where each count comes from', async () => {
    const pg = createPool(visitor.product.databaseUrl(), 5)
    await fill(pg, { hosts: 12, hours: 24, converted: 0.9 })
    const { rows } = await pg.query<typeof host>(
      `SELECT h.id, h.name, h.labels->>'rack' AS rack FROM "Host" h JOIN "Job" j ON j."hostId" = h.id
       WHERE j."endedAt" BETWEEN now() - interval '20 hours' AND now() - interval '4 hours' ORDER BY h.name LIMIT 1`,
    )
    await pg.end()
    host = rows[0] ?? host
    await page.goto(origin)
    await drawn(/Memory of the fleet by tier/)
    await page.getByRole('heading', { name: 'Needs attention' }).waitFor()
    await page.getByRole('heading', { name: 'Recent gains' }).waitFor()
    await page.getByRole('link', { name: 'Rollout Convert by rack: finished' }).waitFor()
    await look('2-overview')
    await fitsPhone()
  })

  it('names a host of the map under the pointer and under the arrow keys, and leads to it', async () => {
    const square = page.getByRole('link', { name: /^node-000\d\d / })
    const [first = ''] = [await square.getAttribute('aria-label')]
    await square.focus()
    await page.keyboard.press('ArrowRight')
    expect(await square.getAttribute('aria-label')).not.toBe(first)
    await page.keyboard.press('Home')
    expect(await square.getAttribute('aria-label')).toBe(first)
    await page.getByLabel('Group by').selectOption('rack')
    await page.locator('[data-squares] svg').hover({ position: { x: 22 * 4 + 8, y: 8 } })
    await page.getByRole('link', { name: /^node-00004 / }).click()
    await page.waitForURL(/hosts\/[0-9a-f-]{36}$/)
    await page.goBack()
    await page.getByRole('link', { name: host.rack, exact: true }).click()
    await page.waitForURL(/\/hosts\?q=/)
    expect(search().get('q')).toBe(`label:rack=${host.rack}`)
  })

  it('tells of one host by tier and by node, with the run that changed it', async () => {
    await page.goto(`${origin}/hosts/${host.id}?tab=capacity`)
    await drawn(/by tier/)
    const run = page.getByRole('link', { name: /^Run on dax0\.0: converted, \+/ })
    await run.waitFor()
    await look('3-host')
    await fitsPhone()
    await button('Node').click()
    await page.getByText(/^Node 1\s*\d/).waitFor()
    expect(search().get('by')).toBe('node')
    await button('Tier').click()
    await run.click()
    await page.waitForURL(/tab=runs&run=/)
    await page.goBack()
    await drawn(/by tier/)
  })

  it('tells tiers apart by pattern, and is dark in the dark', async () => {
    const greyAndColours = () =>
      chart(/by tier/).evaluate((element) => {
        const canvas = element.querySelector('canvas')
        const context = canvas?.getContext('2d')
        if (!canvas || !context) return { colours: 0, corner: '' }
        // A strip at the right end from the axis up: DRAM below, what was converted above it.
        const colours = new Set<string>()
        let corner = ''
        for (let y = canvas.height - 40; y > 40; y -= 1) {
          const { data } = context.getImageData(canvas.width - 60, y, 8, 1)
          for (let at = 0; at < data.length; at += 4) colours.add(data.slice(at, at + 4).join())
          corner ||= data.slice(0, 4).join()
        }
        return { colours: colours.size, corner }
      })
    const light = await greyAndColours()
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect.poll(async () => (await greyAndColours()).corner).toBe('119,129,143,255')
    expect(light.corner).toBe('139,149,165,255')
    // Plain DRAM and one plain colour more would be a handful, edges included.
    expect(light.colours).toBeGreaterThan(6)
    await page.emulateMedia({ colorScheme: 'light' })
  })

  it('is read value by value and zoomed by keyboard and by dragging', async () => {
    const slider = chart(/by tier/)
    await slider.focus()
    const text = () => slider.getAttribute('aria-valuetext')
    await page.keyboard.press('Home')
    const first = await text()
    await page.keyboard.press('ArrowRight')
    expect(await text()).not.toBe(first)
    expect(await text()).toMatch(/: DRAM [\d.]+ [GT]iB/)

    await page.keyboard.press('+')
    await button('Zoom out to 24 h').waitFor()
    const range = () => Number(search().get('to')) - Number(search().get('from'))
    // The address follows the page a moment later.
    await expect.poll(range).toBe(12 * 3600)
    await slider.focus()
    await page.keyboard.press('Escape')
    await expect.poll(() => search().get('from')).toBeNull()

    await drawn(/by tier/)
    const box = await slider.boundingBox()
    if (box === null) throw new Error('The chart is nowhere.')
    await page.mouse.move(box.x + box.width * 0.4, box.y + 100)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.6, box.y + 120, { steps: 4 })
    await page.mouse.up()
    await button('Zoom out to 24 h').waitFor()
    await expect.poll(range).toBeGreaterThan(4 * 3600)
    expect(range()).toBeLessThan(7 * 3600)
  })

  it('has a table that says the same, and a CSV that says what is shown', async () => {
    await button('Free').click()
    await page.getByText(/^Free\s*\d/).waitFor()
    // What was zoomed in on is drawn with its line, and the page lives.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
    // An hour, not five: axe looks at each cell, twice.
    await page.goto(`${origin}/hosts/${host.id}?tab=capacity&range=1h&lines=free`)
    await button('Table').click()
    const table = page.getByRole('table')
    await table.getByRole('columnheader', { name: 'Free' }).waitFor()
    await look('4-table')
    const readTable = () =>
      table
        .locator('tbody tr')
        .evaluateAll((rows) =>
          rows.map((row) => [
            row.querySelector('time')?.dateTime ?? '',
            ...[...row.querySelectorAll('td')].map((cell) => cell.querySelector('data')?.value ?? ''),
          ]),
        )
    const before = await readTable()
    expect(before.length).toBeGreaterThan(20)
    const [download] = await Promise.all([page.waitForEvent('download'), button('CSV').click()])
    const [header = '', ...lines] = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n')
    expect(header).toMatch(/^time,DRAM bytes,.*Free bytes$/)
    // The host goes on telling: the file is the table as it was right before it or is right after it.
    expect([before, await readTable()]).toContainEqual(lines.map((line) => line.split(',')))
  })

  it('tells of groups, of what is filtered, and of what it cannot read', async () => {
    await page.goto(`${origin}/capacity?range=24h`)
    await drawn(/Memory of the fleet by tier/)
    await drawn(/Hosts heard from/)
    await page.getByLabel('Group by').first().selectOption('site')
    await drawn(/Memory of site ams/)
    await look('5-capacity')
    await fitsPhone()
    await page.getByLabel('Hosts to tell of').fill('kind:nothing')
    await page.getByText('nothing is no kind').first().waitFor()
    await page.getByLabel('Hosts to tell of').fill('label:site=ams')
    await page.getByRole('link', { name: 'ams', exact: true }).first().click()
    await page.waitForURL(/\/hosts\?q=/)
  })
})
