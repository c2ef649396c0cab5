import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { expectAccessible } from '@/test/support/browser'
import { daxctlDevice } from '@/test/support/guest-memory'
import { describeWithGuests, useGuest } from '@/test/support/guests'
import { resetDevice } from '@/test/support/settled'
import { arm, type Point } from '@/test/support/trapdoor'
import { patience, useVisitor } from '@/test/support/visitor'

const name = 'recovery'
const BIND: Point = { label: 'write write /sys/bus/dax/drivers/kmem/bind dax0.0', nth: 1 }
const TOKEN = '/var/lib/daxfleet/token.json'
const THEIRS = '99999999-0000-4000-8000-000000000000'
const killAgents = `for pid in $(ls /proc | grep '^[0-9]'); do
  case $(readlink /proc/$pid/exe) in */.daxfleet/agent-*) kill -9 $pid;; esac
done`

describeWithGuests('what went wrong is told, and put right, in the browser', () => {
  const guest = useGuest({ name, nvdimms: [{ sizeMib: 512, namespace: 'devdax' }] })
  // Quarantine is looked into again after a lease by itself: long enough for a person to be first.
  const visitor = useVisitor('recovery-', { HOST_LEASE_SECONDS: '120', STUCK_AFTER_SECONDS: '2' })
  const { pill, button, look, fillAccount } = visitor
  let page: Page
  let origin = ''
  let hostUrl = ''
  beforeAll(() => {
    page = visitor.page
    origin = visitor.product.origin
  })
  /** From the host's page to a run that has been approved. */
  const startConversion = async () => {
    await page.goto(hostUrl)
    await page.getByRole('link', { name: 'Convert…', exact: true }).click()
    await page.getByLabel(/^Type convert dax0\.0/).fill(`convert dax0.0 on ${name}`, patience)
    await button('Convert dax0.0').click()
  }
  /** Only what was typed to the letter opens a destructive button. */
  const confirm = async (phrase: string, label: string) => {
    const dialog = page.getByRole('dialog')
    const submit = dialog.getByRole('button', { name: label, exact: true })
    expect(await submit.getAttribute('title')).toBe('Type the phrase first.')
    await page.keyboard.type(phrase)
    await expectAccessible(page)
    await submit.click()
  }

  it('begins with a host that is ready', async () => {
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
    await pill('Convertible').first().waitFor(patience)
    hostUrl = page.url()
  })

  it('adopts a host that is another installation’s, by its phrase', async () => {
    const record = JSON.stringify({ installationId: THEIRS, epoch: '7' })
    await guest().text(
      ['sh', '-c', `mkdir -p -m 700 /var/lib/daxfleet; cat > ${TOKEN}; chmod 600 ${TOKEN}`],
      { stdin: record },
    )
    await button('Probe now').click()
    await pill('Another installation’s').first().waitFor(patience)
    await page.getByText(THEIRS).first().waitFor()
    expect(await button('Convert…').getAttribute('title')).toBe('The host has to be ready first.')
    await look('1-foreign')
    await button('Adopt…').press('Enter')
    await confirm(`adopt ${name}`, `Adopt ${name}`)
    await page.getByText('The host is this installation’s now').waitFor(patience)
    await pill('Ready').first().waitFor(patience)
    expect(await guest().text(['cat', TOKEN])).not.toContain(THEIRS)
  })

  it('shows a write that is stuck, and takes the run up again when its agent dies there', async () => {
    const trap = await arm(guest(), {
      at: BIND,
      when: 'before',
      action: async () => {
        await page.getByText(/The write of dax0\.0 to \S+bind has been in the kernel for/).waitFor(patience)
        await page.getByText('A write is in the kernel, which nobody can call back.').waitFor()
        await look('2-stuck')
        await guest().text(['sh', '-c', killAgents])
      },
    })
    await startConversion()
    await trap.fired
    await pill('Converted').first().waitFor(patience)
    await trap.disarm()
    const taken = page
      .getByRole('list', { name: 'Steps' })
      .getByRole('listitem')
      .filter({ hasText: 'taken up' })
    await taken.getByText(/without a driver, and it goes on to the end/).waitFor()
    await look('3-taken-up')
    expect((await daxctlDevice(guest())).mode).toBe('system-ram')
  })

  it('tells that an outcome is unknown, asks, and marks the run lost by its phrase', async () => {
    await resetDevice(guest())
    await page.goto(hostUrl)
    await button('Probe now').click()
    await pill('Convertible').first().waitFor(patience)
    const steps = page.getByRole('list', { name: 'Steps' }).getByRole('listitem')
    const trap = await arm(guest(), {
      at: BIND,
      when: 'before',
      action: async () => {
        // What the host has said must have arrived: only then is there a step whose end is not known.
        await steps.filter({ hasText: /(?<!un)bind \((running|stuck in the kernel)\)/ }).waitFor(patience)
        void guest()
          .run(['sh', '-c', 'echo o > /proc/sysrq-trigger'])
          .catch(() => {})
        await guest().whenOff()
      },
    })
    await startConversion()
    // Nobody is left to be let go on.
    await trap.fired.catch(() => {})
    await page.getByText(`The outcome of convert dax0.0 on ${name} is not known.`).last().waitFor(patience)
    await page.getByText(/it ends lost by itself in/).waitFor()
    await page.getByText('how it ended is not known').first().waitFor()
    await look('4-unknown')

    await page.goto(`${origin}/hosts`)
    await pill('Outcome unknown').waitFor(patience)
    await page.goto(hostUrl)
    await pill('Outcome unknown').first().waitFor(patience)
    expect(await button('Lift quarantine').getAttribute('title')).toMatch(/mark the run lost/)
    // What it was before says nothing of what it is.
    await pill('Last read: Convertible').first().waitFor()
    await look('5-unknown-host')
    await button('Ask the host now').click()
    await page.getByText(/Asking the host now/).waitFor()
    await button('Mark lost…').press('Enter')
    await confirm(`mark dax0.0 on ${name} lost`, 'Mark lost')
    await pill('Quarantined').first().waitFor(patience)
    await page.goto(`${hostUrl}?tab=runs`)
    await pill('Lost').first().waitFor()
    await page.getByText('how it ended is not known', { exact: true }).waitFor()
    await look('6-lost')
  })

  it('keeps the quarantine while the host is away, and lifts it when a fencing probe has read it', async () => {
    await button('Lift quarantine').click()
    await page.getByText('The host was not reached. The quarantine stays.').waitFor(patience)
    await look('7-quarantined')
    await guest().powerOn()
    await button('Lift quarantine').click()
    await page.getByText('The quarantine is lifted').waitFor(patience)
    await pill('Ready').first().waitFor(patience)
    // Whoever pressed it goes on from the page, though the button is gone.
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('content')
    await page.goto(hostUrl)
    await pill('Convertible').first().waitFor(patience)
    expect((await daxctlDevice(guest())).mode).toBe('devdax')
  })
})
