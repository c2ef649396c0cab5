import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { keepScreens } from '@/test/support/browser'
import { daxctlDevice, meminfo } from '@/test/support/guest-memory'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { patience, useVisitor } from '@/test/support/visitor'

const mib = 1024n * 1024n

describeWithGuests('from the browser to the kernel and back', () => {
  const guest = useGuest({ name: 'first-light', nvdimms: [{ sizeMib: 1024, namespace: 'devdax' }] })
  const visitor = useVisitor('')
  const { pill, button, look, fillAccount } = visitor
  let page: Page
  let origin = ''
  beforeAll(() => {
    page = visitor.page
    origin = visitor.product.origin
  })

  it('makes the first account by the one-time link', async () => {
    await page.goto(visitor.product.link)
    await fillAccount()
    await look('1-setup')
    await button('Make the account and sign in').click()
    await page.waitForURL(/\/hosts/)
    await page
      .getByRole('link', { name: /add hosts/i })
      .first()
      .waitFor()
    await look('2-hosts-empty')
  })

  it('adds a host, shows its key for review, and probes it', async () => {
    const { host, port, privateKey } = guest().ssh
    await page.goto(`${origin}/hosts/add`)
    await page
      .getByLabel('Hosts to add')
      .fill(`first-light root@${host}:${port} rack=r12\nnot a host at all!`)
    await page.getByLabel('Name', { exact: true }).fill('lab key')
    await page.getByLabel('Private key').fill(privateKey)
    await button('Save the key').click()
    const add = button('Add 1 host and probe')
    await add.waitFor()
    await look('3-add-hosts')
    await add.click()

    await page.getByText(guest().record.hostKey.fingerprint).first().waitFor(patience)
    await look('4-key-review')
    await button('It is the same: trust it').click()
    await page.getByText('can become RAM').waitFor(patience)
  })

  it('shows the host’s memory as the kernel has it', async () => {
    await page.getByRole('link', { name: 'first-light' }).click()
    await page.getByRole('heading', { name: 'first-light' }).waitFor()
    await pill('Convertible').first().waitFor()
    await page.getByText('896 MiB').first().waitFor()
    await look('5-host-before')
  })

  it('converts the device after the typed phrase, live, and shows what the kernel reads', async () => {
    const before = await meminfo(guest())
    await page.getByRole('link', { name: 'Convert…', exact: true }).click()
    const phrase = page.getByLabel(/^Type convert dax0\.0/)
    await phrase.waitFor(patience)
    await look('6-plan')
    expect(await page.getByText('/sys/bus/dax/drivers/kmem/new_id').count()).toBeGreaterThan(0)

    const convert = button('Convert dax0.0')
    await convert.click({ force: true })
    expect((await daxctlDevice(guest())).mode).toBe('devdax')
    await phrase.fill('convert dax0.0 on first-light')
    await convert.click()
    await pill('Converted').first().waitFor(patience)
    await page.getByText('Before and after').waitFor()
    await look('7-converted')

    const after = await meminfo(guest())
    expect(after.MemTotal - before.MemTotal).toBe(896n * mib)
    expect(await daxctlDevice(guest())).toMatchObject({
      mode: 'system-ram',
      online_memblocks: 7,
      movable: true,
    })
  })

  it('tells the new capacity on every page', async () => {
    await page.goto(`${origin}/hosts`)
    await page.getByRole('link', { name: 'first-light' }).first().waitFor()
    await page.getByText('896 MiB').first().waitFor(patience)
    await look('8-hosts')
    await page.getByRole('link', { name: 'first-light' }).first().click()
    await pill('System RAM').first().waitFor(patience)
    await keepScreens(page, '9-host-after')
  })
})
