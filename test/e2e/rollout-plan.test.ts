import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { daxctlDevice, meminfo } from '@/test/support/guest-memory'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { patience, useVisitor } from '@/test/support/visitor'

const name = 'rollout-plan'
const mib = 1024n * 1024n

describeWithGuests('a rollout, from what is selected to an approval', () => {
  const guest = useGuest({ name, nvdimms: [{ sizeMib: 1024, namespace: 'devdax' }] })
  const visitor = useVisitor('rollout-plan-')
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

  it('is explained where there is none yet', async () => {
    await page.goto(visitor.product.link)
    await fillAccount()
    await button('Make the account and sign in').click()
    await page.waitForURL(/\/hosts/)
    await page.getByRole('link', { name: 'Rollouts' }).click()
    await page.getByText('Many devices under one approval, in waves').waitFor()
    await look('1-none')
  })

  it('begins with what is selected on the hosts page, all that match as a selector', async () => {
    const { host, port, privateKey } = guest().ssh
    await page.goto(`${origin}/hosts/add`)
    // The second address has nobody behind it: it is there to be left out.
    await page
      .getByLabel('Hosts to add')
      .fill(`${name} root@${host}:${port} rack=r12\nnobody root@127.0.0.1:9 rack=r12`)
    await page.getByLabel('Name', { exact: true }).fill('lab key')
    await page.getByLabel('Private key').fill(privateKey)
    await button('Save the key').click()
    await button('Add 2 hosts and probe').click()
    await button('It is the same: trust it').click(patience)
    await page.getByText('can become RAM').waitFor(patience)

    await page.goto(`${origin}/hosts?q=label:rack%3Dr12`)
    await pill('Unreachable').first().waitFor(patience)
    await page.getByLabel('Select all hosts that match').click()
    await button('Rollout over 2 hosts…').click()
    await page.waitForURL(/rollouts\/new/)
    expect(await page.getByLabel('Hosts and devices').inputValue()).toBe('label:rack=r12')
    await page.getByText('1 device on 1 host', { exact: true }).waitFor()
    await page.locator('summary', { hasText: 'Unreachable' }).click()
    await page.getByRole('link', { name: 'nobody' }).waitFor()
    await page.getByText('1 host first').waitFor()
    await look('2-new')
    await fitsPhone()
  })

  it('points at what cannot be read, and refuses what matches nothing', async () => {
    const targets = page.getByLabel('Hosts and devices')
    await page.getByLabel('Name', { exact: true }).fill('Rack r12')
    await targets.fill('label:rack=r12 size>=100')
    await page.getByText('at character 22').waitFor()
    expect(await page.locator('mark').textContent()).toBe('100')
    await page.getByTitle('Correct the selector.').waitFor()
    await look('3-fault')

    await targets.fill('label:rack=r13')
    await page.getByText('The selector matches no device.').first().waitFor()
    await page.getByTitle('The selector matches no device.').waitFor()
    expect(await button('Plan').getAttribute('aria-disabled')).toBe('true')

    await targets.fill('label:rack=r12')
    await page.getByLabel('Waves after it').fill('half')
    await page.getByText('half is no size of a wave').waitFor()
    await page.getByTitle('Correct the policy.').waitFor()
    await page.getByLabel('Waves after it').fill('25 %, rest')
    await page.getByText('1 host first, then 25 %, then the rest').waitFor()
  })

  it('is planned by its hosts, and shows what each would write', async () => {
    await page.getByLabel('Soak after each wave').fill('0 s')
    await button('Plan 1 device on 1 host').click()
    await page.waitForURL(/rollouts\/[0-9a-f-]{36}/)
    await pill('To approve').first().waitFor(patience)
    await page.getByText('896 MiB').first().waitFor()
    await page.getByText('Left out').first().waitFor()
    await page.getByRole('button', { name: 'dax0.0', exact: true }).click()
    await page.getByText('/sys/bus/dax/drivers/kmem/new_id').first().waitFor()
    await look('4-plan')
    await fitsPhone()
  })

  it('is approved by the phrase and by nothing else, and then converts', async () => {
    const before = await meminfo(guest())
    await button('Approve…').click()
    const approve = button('Approve and begin')
    await page.keyboard.type('convert 2 devices on 2 hosts')
    expect(await approve.getAttribute('title')).toBe('Type the phrase first.')
    await approve.click({ force: true })
    expect((await daxctlDevice(guest())).mode).toBe('devdax')

    await page.getByLabel(/^Type convert 1 device on 1 host/).fill('convert 1 device on 1 host')
    await approve.dblclick()
    await pill('Finished').first().waitFor(patience)
    const after = await meminfo(guest())
    expect(after.MemTotal - before.MemTotal).toBe(896n * mib)

    await page.goto(`${origin}/rollouts`)
    await page.getByRole('link', { name: 'Rack r12' }).waitFor()
    await page.getByText('1 of 1').first().waitFor()
    await look('5-list')
  })

  it('is not made where everything is left out', async () => {
    await page.goto(`${origin}/rollouts/new?targets=${encodeURIComponent('host:*')}`)
    await page
      .getByText(/Everything it matches is left out/)
      .first()
      .waitFor()
    await page.getByTitle('Everything it matches is left out').waitFor()
    expect(await button('Plan').getAttribute('aria-disabled')).toBe('true')
  })
})
