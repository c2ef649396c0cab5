import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { daxctlDevice, meminfo } from '@/test/support/guest-memory'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { patience, useVisitor } from '@/test/support/visitor'

const name = 'gives-back'
const mib = 1024n * 1024n

describeWithGuests('giving memory back in the browser', () => {
  const guest = useGuest({ name, nvdimms: [{ sizeMib: 1024, namespace: 'devdax' }] })
  const visitor = useVisitor('restore-')
  const { pill, button, look, fillAccount } = visitor
  let page: Page
  let origin = ''
  beforeAll(() => {
    page = visitor.page
    origin = visitor.product.origin
  })
  const fitsPhone = async () => {
    await page.setViewportSize({ width: 390, height: 900 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    await page.setViewportSize({ width: 1440, height: 900 })
  }

  it('is offered for a device that is system RAM', async () => {
    await page.goto(visitor.product.link)
    await fillAccount()
    await button('Make the account and sign in').click()
    await page.waitForURL(/\/hosts/)
    const { host, port, privateKey } = guest().ssh
    await page.goto(`${origin}/hosts/add`)
    await page.getByLabel('Hosts to add').fill(`${name} root@${host}:${port}`)
    await page.getByLabel('Name', { exact: true }).fill('lab key')
    await page.getByLabel('Private key').fill(privateKey)
    await button('Save the key').click()
    await button('Add 1 host and probe').click()
    await button('It is the same: trust it').click(patience)
    await page.getByText('can become RAM').waitFor(patience)
    await page.getByRole('link', { name }).click()
    await page.getByRole('link', { name: 'Convert…', exact: true }).click()
    await page.getByLabel(/^Type convert dax0\.0/).fill(`convert dax0.0 on ${name}`, patience)
    await button('Convert dax0.0').click()
    await pill('Converted').first().waitFor(patience)
    await page.getByRole('link', { name }).first().click()
    await page.getByRole('link', { name: 'Give back… dax0.0' }).waitFor(patience)
    await page.getByText('10 %').first().waitFor()
    await look('1-host')
    await fitsPhone()
  })

  it('is refused below the floor that an admin set, with the reason and what to do', async () => {
    await page.goto(`${origin}/settings/floors`)
    await page.getByLabel('On every host').fill('a lot')
    await page.getByText('A floor is a percentage of the memory there is, like 10 %').waitFor()
    await page.getByLabel('On every host').fill('900 GiB')
    await button('Save').click()
    await page.getByText('Saved. It holds for every plan from now on.').waitFor()
    await look('2-floors')
    await fitsPhone()
    await page.goto(`${origin}/hosts?q=${name}`)
    await page.getByRole('link', { name }).first().click()
    await page.getByRole('link', { name: 'Give back… dax0.0' }).click()
    await page.getByText(/floor/i).first().waitFor(patience)
    await page.getByText('−896 MiB').first().waitFor(patience)
    expect(await button('Give back dax0.0').count()).toBe(0)
    await look('3-refused')
  })

  it('is planned, approved by the typed phrase, and done: the kernel has that much less', async () => {
    await page.goto(`${origin}/settings/floors`)
    await page.getByLabel('On every host').fill('1 %')
    await page.getByLabel('In the fleet').fill('1 %')
    await button('Save').click()
    await page.getByText('Saved. It holds for every plan from now on.').waitFor()
    const before = await meminfo(guest())
    await page.goto(`${origin}/hosts?q=${name}`)
    await page.getByRole('link', { name }).first().click()
    await page.getByRole('link', { name: 'Give back… dax0.0' }).click()
    const phrase = page.getByLabel(/^Type give back dax0\.0/)
    await phrase.waitFor(patience)
    await look('4-plan')
    await fitsPhone()
    await phrase.fill(`give back dax0.0 on ${name}`)
    await button('Give back dax0.0').click()
    await pill('Given back').first().waitFor(patience)
    await page.getByText('Before and after').waitFor()
    await look('5-given-back')
    const after = await meminfo(guest())
    expect(before.MemTotal - after.MemTotal).toBe(896n * mib)
    expect((await daxctlDevice(guest())).mode).toBe('devdax')
    await page.getByRole('link', { name: `To ${name}` }).click()
    await pill('Convertible').first().waitFor(patience)
    await look('6-host-after')
  })

  it('is a kind of rollout, which says what it would take away', async () => {
    await page.goto(`${origin}/rollouts/new`)
    await page.getByLabel(/^Give back/).check()
    await page.getByLabel('Hosts and devices').fill(`host:${name}`)
    await page.getByText('Not system RAM', { exact: true }).waitFor(patience)
    await look('7-new-rollout')
    await fitsPhone()
  })
})
