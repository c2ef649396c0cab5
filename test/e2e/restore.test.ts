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

  const toShare = async (link: string) => {
    await page.goto(`${origin}/hosts?q=${name}`)
    await page.getByRole('link', { name }).first().click()
    await button('dax0.0').click()
    await page.getByRole('link', { name: link }).click(patience)
  }

  it('goes in part, as whole blocks, and the device stays system RAM: the kernel has that much less', async () => {
    const before = await meminfo(guest())
    await toShare('Give back part…')
    await page.getByLabel('Size to give back').fill('some')
    await page.getByText('Say how much, like 256 GiB').waitFor()
    await page.getByLabel('Size to give back').fill('450 MiB')
    await page.getByText('3 blocks of 128 MiB, rounded down to 384 MiB.').waitFor()
    // What the page can tell by itself is said before any host is asked.
    await page.getByLabel('Size to give back').fill('2 TiB')
    await page.getByText('Only 896 MiB of dax0.0 are online').waitFor()
    await page.getByLabel('Size to give back').fill('450 MiB')
    await look('1b-size')
    await fitsPhone()
    await button('Ask the host for a plan').click()
    const phrase = page.getByLabel(/^Type give back 384 MiB of dax0\.0/)
    await phrase.waitFor(patience)
    await page.getByText('Asked were').waitFor()
    await look('1c-share-plan')
    await fitsPhone()
    await phrase.fill(`give back 384 MiB of dax0.0 on ${name}`)
    await button('Give back 384 MiB of dax0.0').click()
    await pill('Given back').first().waitFor(patience)
    await page.getByText('Exactly what was predicted.').waitFor()
    await look('1d-share-given-back')
    expect(before.MemTotal - (await meminfo(guest())).MemTotal).toBe(384n * mib)
    expect(await daxctlDevice(guest())).toMatchObject({ mode: 'system-ram', online_memblocks: 4 })
    // Back from the run: a plan that was carried out is not offered for approval again, and leads to its run.
    await page.goBack()
    await page.getByText('This plan was approved already').waitFor(patience)
    expect(await phrase.count()).toBe(0)
    await button('Look at the run').click()
    await page.getByText('Exactly what was predicted.').waitFor()
    // Part of it on purpose is no trouble of the host.
    await page.getByRole('link', { name: `To ${name}` }).click()
    await pill('Partial').first().waitFor(patience)
    expect(await page.getByText(/of dax0\.0 (is|are) offline/).count()).toBe(0)
  })

  it('comes online again, in the zone asked', async () => {
    await toShare('Bring part online…')
    await button('All: 384 MiB').click()
    await button('Ask the host for a plan').click()
    const phrase = page.getByLabel(/^Type bring 384 MiB of dax0\.0 online/)
    await phrase.waitFor(patience)
    await look('1e-online-plan')
    await fitsPhone()
    await phrase.fill(`bring 384 MiB of dax0.0 online on ${name}`)
    await button('Bring online 384 MiB of dax0.0').click()
    await pill('Online').first().waitFor(patience)
    await page.getByText('Exactly what was predicted.').waitFor()
    expect(await daxctlDevice(guest())).toMatchObject({ online_memblocks: 7, movable: true })
  })

  it('changes the kernel’s policy by name, reads it back, and offers to put it back', async () => {
    const policy = () => guest().text(['cat', '/sys/devices/system/memory/auto_online_blocks'])
    expect((await policy()).trim()).toBe('offline')
    await page.goto(`${origin}/hosts?q=${name}`)
    await page.getByRole('link', { name }).first().click()
    await button('Change policy…').click(patience)
    await page.getByRole('radio', { name: /^online_movable/ }).check()
    await page.getByText('It lasts until the host restarts').waitFor()
    await look('1f-policy')
    await fitsPhone()
    await button('Change to online_movable').click()
    await page.getByText('auto_online_blocks reads online_movable; it read offline before.').waitFor(patience)
    expect((await policy()).trim()).toBe('online_movable')
    await look('1g-policy-changed')
    await button('Put back to offline…').click(patience)
    await button('Change to offline').click()
    await page.getByText('auto_online_blocks reads offline; it read online_movable before.').waitFor(patience)
    expect((await policy()).trim()).toBe('offline')
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
    await page.getByRole('radio', { name: /^Give back Memory/ }).check()
    await page.getByLabel('Hosts and devices').fill(`host:${name}`)
    await page.getByText('Not system RAM', { exact: true }).waitFor(patience)
    await look('7-new-rollout')
    await fitsPhone()
  })
})
