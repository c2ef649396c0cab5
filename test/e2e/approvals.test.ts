import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addHostsLines } from '@/scripts/lab/simulated/lab'
import { modelFile, putModelFile } from '@/test/support/model-files'
import { openBrowser } from '@/test/support/open-browser'
import { useSimulatedLab } from '@/test/support/simulated-lab'
import { patience, useVisitor } from '@/test/support/visitor'

describe('two people, each in a browser of their own', () => {
  const lab = useSimulatedLab({ count: 40, faults: 0, seed: 'two people' })
  const visitor = useVisitor('approvals-')
  const { pill, button, look, fillAccount } = visitor
  let ada: Page
  let bo: Page
  let origin = ''
  let second: Awaited<ReturnType<typeof openBrowser>> | undefined
  let invitation = ''
  beforeAll(async () => {
    ada = visitor.page
    origin = visitor.product.origin
    second = await openBrowser()
    bo = second.context.pages()[0] ?? (await second.context.newPage())
    bo.setDefaultTimeout(60_000)
    bo.on('pageerror', (error) => visitor.complaints.push(`Bo: ${error.message}`))
  })
  afterAll(() => second?.close())
  /** One that has something to convert: where blocks come online by themselves it is so from the start. */
  const host = () =>
    lab().find(null, ({ machine }) => {
      const { spec } = machine.machine
      return spec.kmem === 'loaded' && spec.autoOnline === 'offline' && spec.devices.length === 1
    })
  const sidebar = (page: Page) => page.getByRole('navigation', { name: 'Pages' })
  const fitsPhone = async () => {
    await ada.setViewportSize({ width: 390, height: 900 })
    expect(await ada.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    await ada.setViewportSize({ width: 1440, height: 900 })
  }
  const asksFor = async (note: string) => {
    await ada.getByLabel('A word for whoever approves').fill(note)
    await button('Ask for approval').click()
    await pill('Waits for another person').waitFor(patience)
  }

  it('begin with a rule and an invitation', async () => {
    await ada.goto(visitor.product.link)
    await fillAccount()
    await button('Make the account and sign in').click()
    await ada.waitForURL(/\/hosts/)
    await sidebar(ada).getByRole('link', { name: 'Approvals' }).click()
    await ada.getByText('One person is enough here').waitFor()
    await look('1-none')
    await ada.goto(`${origin}/settings/approvals`)
    await ada.getByLabel('New rule').fill('kind:pmem')
    await button('Add the rule').click()
    await ada.getByText('A rule asks of host names and labels only').waitFor()
    await ada.getByLabel('New rule').fill('host:*')
    await button('Add the rule').click()
    await ada.getByRole('cell', { name: 'the whole fleet', exact: true }).waitFor()
    await look('2-policy')

    await ada.goto(`${origin}/settings/people`)
    await button('Invite…').click()
    await ada.getByLabel('Name').fill('Bo Approver')
    await ada.getByLabel('E-mail address').fill('bo@example.test')
    await ada.getByLabel('Role').selectOption('approver')
    await button('Make the link').click()
    const copy = ada.getByRole('button', { name: 'Copy the link' })
    invitation = (await copy.locator('xpath=preceding-sibling::code').textContent()) ?? ''
  })

  it('one asks for what the plan shows', async () => {
    await ada.goto(`${origin}/hosts/add`)
    await ada.getByLabel('Hosts to add').fill(addHostsLines([host()]))
    await ada.getByLabel('Name', { exact: true }).fill('lab key')
    await ada.getByLabel('Private key').fill(lab().lab.privateKey)
    await button('Save the key').click()
    await button('Add 1 host and probe').click()
    await button('It is the same: trust it').click(patience)
    // Leaving the page at once would cut the answer off.
    await button('It is the same: trust it').waitFor({ state: 'detached', ...patience })
    await ada.goto(`${origin}/hosts?q=state:ready`)
    await ada.getByText('1 in all').waitFor(patience)
    await ada.getByRole('link', { name: host().name }).first().click()
    await ada.getByRole('link', { name: 'Convert…', exact: true }).first().click(patience)
    await ada.getByText('Two people approve this').waitFor(patience)
    expect(await button('Approve and begin').count()).toBe(0)
    await asksFor('before tonight’s batch')
    await sidebar(ada).getByText('1 waiting').waitFor(patience)
    expect(await ada.getByLabel(/^Type convert/).count()).toBe(0)
    await look('3-asked')
  })

  it('the other sees it come in, reads the plan and rejects it with a reason', async () => {
    await bo.goto(invitation)
    await bo.getByLabel('Password').fill('another long password')
    await bo.getByRole('button', { name: 'Set the password and sign in' }).click()
    await sidebar(bo).getByText('1 waiting').waitFor(patience)
    await sidebar(bo).getByRole('link', { name: 'Approvals' }).click()
    await bo.getByText('before tonight’s batch').waitFor(patience)
    await bo.getByRole('link', { name: /^dax.* on / }).click()
    await bo.getByText('What will be written').waitFor(patience)
    await bo.getByLabel('Or why not').fill('not on a Friday')
    await bo.getByRole('button', { name: 'Reject', exact: true }).click()

    await pill('Rejected').waitFor(patience)
    await ada.getByText('Why: not on a Friday').waitFor()
    await look('4-rejected')
  })

  it('it is asked for again and approved by its phrase, and the first sees who and when', async () => {
    await asksFor('Saturday then')
    const phrase = bo.getByLabel(/^Type convert/)
    await phrase.waitFor(patience)
    const approve = bo.getByRole('button', { name: 'Approve and begin' })
    await phrase.fill('yes')
    expect(await approve.getAttribute('title')).toBe('Type the phrase first.')
    await phrase.fill((await bo.locator('label code').first().textContent()) ?? '')
    await approve.click()
    await bo
      .getByText(/^\W*Converted$/)
      .first()
      .waitFor(patience)

    await sidebar(ada).getByRole('link', { name: 'Approvals' }).click()
    await pill('Approved').waitFor(patience)
    await ada.getByRole('cell', { name: 'bo@example.test', exact: true }).first().waitFor()
    await look('5-decided')
    await ada
      .getByRole('link', { name: /^dax.* on / })
      .first()
      .click()
    await pill('Converted').first().waitFor(patience)
    await ada.goto(`${origin}/audit`)
    await ada.getByText('approval approved').first().waitFor(patience)
  })

  it('without the rule one person is enough: what was converted is kept over reboots', async () => {
    await ada.goto(`${origin}/settings/approvals`)
    await ada.getByRole('button', { name: 'Remove the rule the whole fleet' }).click()
    await ada.getByText('One person approves conversions everywhere.').waitFor(patience)
    await ada.goto(`${origin}/hosts?q=state:converted`)
    await ada.getByRole('link', { name: host().name }).first().click(patience)
    await ada.getByText('A reboot leaves it on device_dax.').waitFor(patience)
    await look('6-not-kept')
    await ada.getByRole('link', { name: /^Keep…/ }).click()
    const phrase = ada.getByLabel(/^Type keep/)
    await phrase.waitFor(patience)
    await ada.getByText('/etc/systemd/system/daxfleet-boot.service').first().waitFor()
    await look('7-keep')
    await phrase.fill((await ada.locator('label code').first().textContent()) ?? '')
    await button('Keep dax0.0').click()
    await pill('Kept over reboots').first().waitFor(patience)
    await look('8-kept')
    await ada.getByRole('link', { name: host().name }).first().click()
    await pill('Yes \\(Daxfleet\\)').waitFor(patience)
    await ada.getByText('No reboot has tried it yet.').waitFor()
    await look('9-comes-back')
  })

  it('what runs at a reboot is another build than the agent in use: the card says so, and keeping it again replaces it', async () => {
    const { machine } = host().machine
    const program = '/usr/local/libexec/daxfleet/agent'
    putModelFile(machine, program, 'an earlier agent')
    const file = modelFile(machine, program)
    if (file !== null) file.mode = 0o755
    await button('Probe now').click()
    await pill('Yes \\(another agent\\)').waitFor(patience)
    await ada.getByText('Keep it again: that replaces it.').waitFor()
    await fitsPhone()
    await look('10-another-agent')
    await ada.getByRole('link', { name: /^Keep again…/ }).click()
    const phrase = ada.getByLabel(/^Type keep/)
    await phrase.fill((await ada.locator('label code').first().textContent(patience)) ?? '', patience)
    await button('Keep dax0.0').click()
    await pill('Kept over reboots').first().waitFor(patience)
    await ada.getByRole('link', { name: host().name }).first().click()
    await pill('Yes \\(Daxfleet\\)').waitFor(patience)
  })

  it('a share is given back by a rollout, and the device stays with kmem', async () => {
    const { bus, memory, spec } = host().machine.machine
    const online = () =>
      memory.plugged.reduce((sum, { states }) => sum + states.filter((state) => state !== 0).length, 0)
    const before = online()
    await ada.goto(`${origin}/rollouts/new`)
    await ada.getByRole('radio', { name: /^Give back a share/ }).check()
    await ada.getByLabel('Hosts and devices').fill(`host:${host().name}`)
    await ada.getByLabel('Name', { exact: true }).fill('one block back')
    expect(await button('Plan 1 device on 1 host').getAttribute('title')).toBe('Say how much first.')
    await ada.getByLabel('Size to give back').fill('memory36')
    await ada.getByText('Say how much, like 256 GiB.').first().waitFor()
    await ada.getByLabel('Size to give back').fill(`${spec.blockSizeBytes / 1024n ** 2n} MiB`)
    await button('of each host').click()
    await ada.getByLabel('Soak after each wave').fill('0 s')
    await ada.getByText('A host that has less is left out, and listed.').waitFor()
    await look('11-share-rollout')
    await fitsPhone()
    await button('Plan 1 device on 1 host').click()
    const phrase = ada.getByLabel(/^Type give back/)
    await phrase.waitFor(patience)
    await ada.getByText('of each host').waitFor()
    await look('12-share-plan')
    await fitsPhone()
    await phrase.fill((await ada.locator('label code').first().textContent()) ?? '')
    await ada.getByRole('button', { name: /^Approve and begin/ }).click()
    await ada.getByText('Given back, read back').waitFor(patience)
    await pill('Finished').first().waitFor(patience)
    await look('13-share-done')
    await fitsPhone()
    expect(before - online()).toBe(1)
    expect(bus.devices[0]?.driver).toBe('kmem')
  })
})
