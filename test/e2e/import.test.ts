import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithSshd, Sshd, strangerKey } from '@/test/support/sshd'
import { patience, useVisitor } from '@/test/support/visitor'

const file = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })

describeWithSshd('hosts by the file', () => {
  const visitor = useVisitor('import-')
  const { pill, button, look, fillAccount } = visitor
  let page: Page
  let origin = ''
  const servers: Sshd[] = []
  beforeAll(async () => {
    page = visitor.page
    origin = visitor.product.origin
    servers.push(await Sshd.start({ ownState: true }), await Sshd.start({ ownState: true }))
  })
  afterAll(() => Promise.all(servers.map((server) => server.stop())))

  it('shows ten thousand rows as quickly as ten, and takes none of them by itself', async () => {
    await page.goto(visitor.product.link)
    await fillAccount()
    await button('Make the account and sign in').click()
    await page.waitForURL(/\/hosts/)
    await page.goto(`${origin}/hosts/add`)
    const rows = Array.from({ length: 10_000 }, (_, at) => `many-${at},many-${at}.example,rack=r${at % 40}`)
    await page
      .getByLabel('Files to read')
      .setInputFiles(file('many.csv', `name,address,labels\n${rows.join('\n')}`))
    await page.getByText('10,000 new hosts').waitFor(patience)
    expect(await page.locator('tr[data-index]').count()).toBeLessThan(80)
    // By keyboard; rows turn out a little higher or lower than was thought while they pass, so once more.
    const last = page.getByText('many-9999', { exact: true })
    const table = page.getByRole('region', { name: 'What was read' }).last()
    await expect
      .poll(async () => {
        await table.press('End')
        return last.isVisible()
      }, patience)
      .toBe(true)
    await button('Remove many.csv').click()
    await page.getByText('10,000 new hosts').waitFor({ state: 'detached' })
  })

  it('previews a file row by row, and saves what is right of it', async () => {
    const lines = servers.map(({ port }, at) => `node-${at + 1},127.0.0.1,${port},root,rack=r7`)
    const text = ['name,address,port,user,labels', ...lines, 'node 3,10.0.0.3,22,root,'].join('\n')
    await page.getByLabel('Files to read').setInputFiles(file('fleet.csv', text))
    await page.getByText('2 new hosts, 1 left out').waitFor(patience)
    await button('Not a host 1').click()
    await page.getByText('A host name is letters, digits, dots and dashes.').waitFor()
    expect(await page.locator('tr[data-index]').count()).toBe(1)
    await button('All 3').click()
    await page.getByLabel('Name', { exact: true }).fill('lab key')
    await page.getByLabel('Private key').fill(servers[0]?.target().privateKey ?? (await strangerKey()))
    await button('Save the key').click()
    await page.getByText('authorized_keys').first().waitFor()
    await look('1-preview')
    await button('Add 2 hosts and probe').click()
    await page.getByText('First contact').waitFor(patience)
  })

  it('compares waiting keys with a known_hosts file, and trusts those that match', async () => {
    await button('Reject').nth(1).waitFor(patience)
    await page.goto(`${origin}/hosts`)
    await page.getByRole('link', { name: 'Review 2 keys…' }).click()
    await page.getByText('2 keys wait to be compared.').waitFor()
    const [first, second] = servers.map(({ port, hostKeys: [key] }) => ({ port, key }))
    // The second line has the first one's key: somebody else answers there, as far as the file knows.
    const known = [first, second].map(
      (each) => `[127.0.0.1]:${each?.port} ssh-ed25519 ${first?.key?.publicKey}`,
    )
    await page.getByLabel('known_hosts', { exact: true }).fill(known.join('\n'))
    await pill('Matches').last().waitFor()
    await page.getByText('Line 2 of the file has another ssh-ed25519 key for it.').waitFor()
    await look('2-keys')
    await button('Trust 1 matching key…').click()
    await button('Trust 1 key').click()
    await page.getByText('1 key waits to be compared.').waitFor(patience)
    expect(await page.getByRole('link', { name: 'node-2' }).count()).toBe(1)
  })

  it('labels all that match at once, after saying how many', async () => {
    await page.goto(`${origin}/hosts`)
    await page.getByLabel('Select node-1').check()
    await button('Select all 2 hosts that match').click()
    await button('Label…').click()
    await page.getByLabel('Label', { exact: true }).fill('site')
    await page.getByLabel('Value').fill('eu')
    await page.getByText('2 hosts of 2 selected will change.').waitFor()
    await look('3-label')
    await button('Set on 2 hosts').click()
    await page.getByText('site=').nth(1).waitFor()
  })
})
