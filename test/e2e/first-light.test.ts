import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest'
import { expectAccessible, keepScreens, openBrowser } from '@/test/support/browser'
import { daxctlDevice, meminfo } from '@/test/support/guest-memory'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { type StartedProduct, startProduct } from '@/test/support/started-product'

const mib = 1024n * 1024n
/** Guests are emulated and the machine is shared. */
const patience = { timeout: 180_000 }

describeWithGuests('from the browser to the kernel and back', () => {
  const guest = useGuest({ name: 'first-light', nvdimms: [{ sizeMib: 1024, namespace: 'devdax' }] })
  let product: StartedProduct
  let browser: Awaited<ReturnType<typeof openBrowser>>
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    product = await startProduct()
    browser = await openBrowser()
    page = browser.context.pages()[0] ?? (await browser.context.newPage())
    page.setDefaultTimeout(60_000)
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (/Content Security Policy|Hydration/i.test(message.text())) complaints.push(message.text())
    })
  })
  afterAll(async () => {
    await browser?.close()
    expect(await product?.stop()).toBe(0)
  })
  /** A state as people see it: a glyph, then the word. */
  const pill = (word: string) => page.getByText(new RegExp(`^\\W*${word}$`))
  const tellOnFailure = () => onTestFailed(() => console.error(`--- npm start ---\n${product.output()}`))

  it('makes the first account by the one-time link', async () => {
    tellOnFailure()
    await page.goto(product.link)
    await page.getByLabel('Your name').fill('Ada Operator')
    await page.getByLabel('E-mail address').fill('ada@example.test')
    await page.getByLabel('Password').fill('correct horse battery')
    await expectAccessible(page)
    await keepScreens(page, '1-setup')
    await page.getByRole('button', { name: 'Make the account and sign in' }).click()
    await page.waitForURL(/\/hosts/)
    await page
      .getByRole('link', { name: /add hosts/i })
      .first()
      .waitFor()
    await expectAccessible(page)
    await keepScreens(page, '2-hosts-empty')
  })

  it('adds a host, shows its key for review, and probes it', async () => {
    tellOnFailure()
    const { host, port, privateKey } = guest().ssh
    await page.goto(`${product.origin}/hosts/add`)
    await page
      .getByLabel('Hosts to add')
      .fill(`first-light root@${host}:${port} rack=r12\nnot a host at all!`)
    await page.getByLabel('Name', { exact: true }).fill('lab key')
    await page.getByLabel('Private key').fill(privateKey)
    await page.getByRole('button', { name: 'Save the key' }).click()
    const add = page.getByRole('button', { name: 'Add 1 host and probe' })
    await add.waitFor()
    await expectAccessible(page)
    await keepScreens(page, '3-add-hosts')
    await add.click()

    await page.getByText(guest().record.hostKey.fingerprint).first().waitFor(patience)
    await expectAccessible(page)
    await keepScreens(page, '4-key-review')
    await page.getByRole('button', { name: 'It is the same: trust it' }).click()
    await page.getByText('can become RAM').waitFor(patience)
  })

  it('shows the host’s memory as the kernel has it', async () => {
    tellOnFailure()
    await page.getByRole('link', { name: 'first-light' }).click()
    await page.getByRole('heading', { name: 'first-light' }).waitFor()
    await pill('Convertible').first().waitFor()
    await page.getByText('896 MiB').first().waitFor()
    await expectAccessible(page)
    await keepScreens(page, '5-host-before')
  })

  it('converts the device after the typed phrase, live, and shows what the kernel reads', async () => {
    tellOnFailure()
    const before = await meminfo(guest())
    await page.getByRole('link', { name: 'Convert…', exact: true }).click()
    const phrase = page.getByLabel(/^Type convert dax0\.0/)
    await phrase.waitFor(patience)
    await expectAccessible(page)
    await keepScreens(page, '6-plan')
    expect(await page.getByText('/sys/bus/dax/drivers/kmem/new_id').count()).toBeGreaterThan(0)

    const convert = page.getByRole('button', { name: 'Convert dax0.0' })
    await convert.click({ force: true })
    expect((await daxctlDevice(guest())).mode).toBe('devdax')
    await phrase.fill('convert dax0.0 on first-light')
    await convert.click()
    await pill('Converted').first().waitFor(patience)
    await page.getByText('Before and after').waitFor()
    await expectAccessible(page)
    await keepScreens(page, '7-converted')

    const after = await meminfo(guest())
    expect(after.MemTotal - before.MemTotal).toBe(896n * mib)
    expect(await daxctlDevice(guest())).toMatchObject({
      mode: 'system-ram',
      online_memblocks: 7,
      movable: true,
    })
  })

  it('tells the new capacity on every page', async () => {
    tellOnFailure()
    await page.goto(`${product.origin}/hosts`)
    await page.getByRole('link', { name: 'first-light' }).first().waitFor()
    await page.getByText('896 MiB').first().waitFor(patience)
    await expectAccessible(page)
    await keepScreens(page, '8-hosts')
    await page.getByRole('link', { name: 'first-light' }).first().click()
    await pill('System RAM').first().waitFor(patience)
    await keepScreens(page, '9-host-after')
    expect(complaints).toEqual([])
  })
})
