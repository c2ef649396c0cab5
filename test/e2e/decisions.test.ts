import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { expectAccessible } from '@/test/support/browser'
import { daxctlDevice } from '@/test/support/guest-memory'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { patience, useVisitor } from '@/test/support/visitor'

const name = 'decisions'

describeWithGuests('what a person decides in the browser', () => {
  const guest = useGuest({ name, nvdimms: [{ sizeMib: 512, namespace: 'devdax' }] })
  const visitor = useVisitor('decisions-')
  const { pill, button, look, fillAccount } = visitor
  let page: Page
  let origin = ''
  let hostUrl = ''
  beforeAll(() => {
    page = visitor.page
    origin = visitor.product.origin
  })
  afterAll(() => freeze(false))
  /** Stops the guest's processor, as a machine that hangs: whoever asks it something waits. */
  const freeze = (frozen: boolean) => {
    const { pid } = guest()
    if (pid !== undefined) process.kill(pid, frozen ? 'SIGSTOP' : 'SIGCONT')
  }

  it('tells whoever comes by a spent link how to get in', async () => {
    await page.goto(`${origin}/enter#spent`)
    await page.getByText('This link was used already').waitFor()
    await page.getByText('npm run sign-in-link').waitFor()
    expect(page.url()).toBe(`${origin}/enter`)
    await look('1-spent-link')
    await page.getByRole('link', { name: 'Sign in with a password' }).click()
    await page.getByLabel('Password').waitFor()
  })

  it('rejects a host’s key once, however often it is pressed, and trusts it after all by its phrase', async () => {
    await page.goto(visitor.product.link)
    await fillAccount()
    await button('Make the account and sign in').dblclick()
    await page.waitForURL(/\/hosts/)

    const { host, port, privateKey } = guest().ssh
    await page.goto(`${origin}/hosts/add`)
    await page.getByLabel('Hosts to add').fill(`${name} root@${host}:${port} rack=r7`)
    await page.getByLabel('Name', { exact: true }).fill('lab key')
    await page.getByLabel('Private key').fill(privateKey)
    await button('Save the key').dblclick()
    await button('Add 1 host and probe').dblclick()
    await button('Reject').waitFor(patience)
    await button('Reject').dblclick()
    await page.getByText('Rejected', { exact: true }).waitFor()
    expect(await button('Reject').count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Dismiss' }).count()).toBe(0)

    await page.getByRole('link', { name }).click()
    await page.getByText('Nothing has been read from this host yet.').waitFor()
    hostUrl = page.url()
    await look('2-rejected-key')
    await button('Trust it after all…').click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByRole('button', { name: 'Trust the new key' }).getAttribute('title')).toBe(
      'Type the phrase first.',
    )
    await dialog.getByLabel(/^Type trust/).fill(`trust new key of ${name}`)
    await dialog.getByRole('button', { name: 'Trust the new key' }).dblclick()
    await pill('Convertible').first().waitFor(patience)
    expect(await page.getByRole('button', { name: 'Dismiss' }).count()).toBe(0)
  })

  it('keeps what can be done in sight on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 900 })
    const pages = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
    for (const link of await pages.all()) {
      const within = await link.boundingBox()
      expect(
        within && within.x >= 0 && within.x + within.width <= 390,
        (await link.textContent()) ?? undefined,
      ).toBe(true)
    }
    const convert = page.getByRole('link', { name: 'Convert… dax0.0' })
    const box = await convert.boundingBox()
    expect(box && box.x >= 0 && box.x + box.width <= 390).toBe(true)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    await look('3-host')
    await page.goto(`${hostUrl}?tab=access`)
    await page.getByText('Keys this host has shown').waitFor()
    await look('4-access')
  })

  it('closes the form for converting when somebody pulls the stop elsewhere, and says why', async () => {
    await page.goto(hostUrl)
    await page.getByRole('link', { name: 'Convert…', exact: true }).click()
    await page.getByLabel(/^Type convert dax0\.0/).fill(`convert dax0.0 on ${name}`, patience)
    const convert = button('Convert dax0.0')
    await page.locator('button:not([aria-disabled])', { hasText: 'Convert dax0.0' }).waitFor()

    const colleague = await page.context().newPage()
    await colleague.goto(`${origin}/hosts`)
    await colleague.getByRole('button', { name: 'Stop fleet…' }).click()
    await colleague.getByLabel('Why').fill('smoke in row 3')
    await colleague.getByRole('button', { name: 'Stop the fleet' }).click()
    await page.getByText('The fleet-wide stop is pulled: release it first.').waitFor()
    expect(await convert.getAttribute('aria-disabled')).toBe('true')
    expect(await convert.getAttribute('title')).toBe('The fleet-wide stop is pulled: release it first.')
    await convert.click({ force: true })
    expect(page.url()).not.toContain('run=')
    await look('5-stopped-fleet')

    await colleague.getByRole('button', { name: 'Release stop…' }).click()
    await colleague.getByRole('button', { name: 'Release the stop' }).click()
    await page.getByText('The fleet is stopped.').waitFor({ state: 'detached' })
    await colleague.close()
    expect(await convert.getAttribute('aria-disabled')).toBeNull()
  })

  it('stops a run before the first write, and says what is true of it', async () => {
    freeze(true)
    await button('Convert dax0.0').dblclick()
    await pill('Contacting').first().waitFor()
    await page.getByText('Nothing has been written yet: stopping now leaves the host as it is.').waitFor()
    await button('Stop').dblclick()
    await pill('Cancelled').first().waitFor(patience)
    freeze(false)
    await page.getByText('stopped here', { exact: true }).waitFor()
    await page.getByText('there is nothing to compare').waitFor()
    await page.getByText('Nothing was written to the host.').waitFor()
    expect(await page.getByRole('region', { name: 'Before and after' }).count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Dismiss' }).count()).toBe(0)
    await look('6-cancelled')
    expect((await daxctlDevice(guest())).mode).toBe('devdax')
  })

  it('names hosts and people in the audit', async () => {
    await page.goto(`${origin}/audit`)
    const approved = page.getByRole('row', { name: /run approved/ })
    await approved.getByRole('link', { name, exact: true }).waitFor()
    expect(await approved.getByRole('link', { name: 'run of dax0.0' }).getAttribute('href')).toContain('run=')
    await page
      .getByRole('row', { name: /worker on/ })
      .first()
      .waitFor()
    expect(await page.getByRole('row', { name: /host key rejected/ }).count()).toBe(1)
    await look('7-audit')
    await page.goto(`${origin}/runs`)
    await pill('Cancelled').waitFor()
    await expectAccessible(page)
  })

  it('gives the hosts as a file', async () => {
    await page.goto(`${origin}/hosts`)
    await page.getByRole('link', { name }).waitFor()
    await expectAccessible(page)
    const download = page.waitForEvent('download')
    await button('CSV').click()
    const [header, row] = (await readFile(await (await download).path(), 'utf8')).split('\r\n')
    expect(header?.split(',').slice(0, 3)).toEqual(['name', 'address', 'port'])
    expect(row?.split(',').slice(0, 5)).toEqual([
      name,
      guest().ssh.host,
      String(guest().ssh.port),
      'root',
      'rack=r7',
    ])
  })

  it('forgets a host by its phrase, without asking for it afterwards', async () => {
    await page.goto(`${hostUrl}?tab=access`)
    await button('Remove…').click()
    await page.getByLabel(/^Type remove/).fill(`remove ${name}`)
    await expectAccessible(page)
    await button(`Remove ${name}`).dblclick()
    await page.waitForURL(/\/hosts$/)
    await page.getByText('Four steps to the first host').waitFor()
    expect(visitor.complaints).toEqual([])
    await page.goto(hostUrl)
    await page.getByText('No such host').waitFor()
    await page.goto(`${origin}/audit`)
    await page.getByText(`${name}, removed`).first().waitFor()
    // The page that is gone was asked for on purpose, and may have asked more than once.
    expect(visitor.complaints.splice(0).filter((text) => !text.includes('404'))).toEqual([])
  })
})
