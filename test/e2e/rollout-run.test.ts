import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { addHostsLines, type SimulatedHost } from '@/scripts/lab/simulated/lab'
import { useSimulatedLab } from '@/test/support/simulated-lab'
import { patience, useVisitor } from '@/test/support/visitor'

const anyNumber = { count: null, percent: null }
const policy = {
  canaryHosts: 1,
  waves: [{ percent: 100 }],
  // One after the other: what is paused here has hosts that wait.
  maxInFlightHosts: 1,
  // Long enough for a hand to be quicker than the rollout.
  soakSeconds: 20,
  failures: {
    perWave: { hosts: anyNumber, devices: anyNumber },
    inAll: { hosts: anyNumber, devices: anyNumber },
  },
}

describe('a rollout that runs, in the browser', () => {
  const lab = useSimulatedLab({ count: 24, faults: 0.75, seed: 'watched' })
  const visitor = useVisitor('rollout-run-')
  const { pill, button, look, fillAccount } = visitor
  let page: Page
  let origin = ''
  beforeAll(() => {
    page = visitor.page
    origin = visitor.product.origin
  })
  const withFault = (fault: SimulatedHost['fault'], count: number) =>
    lab()
      .lab.hosts.filter((host) => host.fault === fault)
      .slice(0, count)

  /** Calls a procedure as the page does; what other tests do by hand is not done by hand again here. */
  async function call<T>(procedure: string, input: unknown): Promise<T> {
    const answer = await page.evaluate(
      async ([path, json]) => {
        const body = JSON.stringify({ json })
        const headers = { 'content-type': 'application/json' }
        const response = await fetch(`/api/trpc/${path}`, { method: 'POST', headers, body })
        return response.text()
      },
      [procedure, input] as const,
    )
    const { result } = JSON.parse(answer)
    if (result === undefined) throw new Error(`${procedure}: ${answer}`)
    return result.data.json
  }
  async function begin(name: string, hosts: readonly SimulatedHost[], given: object): Promise<void> {
    const made = await call<{ type: string; rolloutId: string }>('rollouts.create', {
      name,
      selector: hosts.map((host) => `host:${host.name}`).join(' '),
      zone: 'movable',
      policy: { ...policy, ...given },
    })
    expect(made.type).toBe('created')
    await page.goto(`${origin}/rollouts/${made.rolloutId}`)
    await button('Approve…').click(patience)
    const field = page.getByLabel(/^Type convert/)
    await field.fill((await page.locator('label code').textContent()) ?? '')
    await button('Approve and begin').click()
    await page.getByRole('heading', { name: 'Hosts by step' }).waitFor(patience)
  }
  async function confirm(label: string, confirmation: string | RegExp): Promise<string> {
    await page.getByRole('button', { name: label }).first().click()
    const dialog = page.getByRole('dialog')
    const meaning = (await dialog.textContent()) ?? ''
    await dialog.getByRole('button', { name: confirmation }).click()
    await dialog.waitFor({ state: 'detached' })
    return meaning
  }

  it('begins with hosts that are there', async () => {
    await page.goto(visitor.product.link)
    await fillAccount()
    await button('Make the account and sign in').click()
    await page.waitForURL(/\/hosts/)
    await page.goto(`${origin}/hosts/add`)
    const hosts = [...withFault(null, 4), ...withFault('busy', 2)]
    await page.getByLabel('Hosts to add').fill(addHostsLines(hosts))
    await page.getByLabel('Name', { exact: true }).fill('lab key')
    await page.getByLabel('Private key').fill(lab().lab.privateKey)
    await button('Save the key').click()
    await button('Add 6 hosts and probe').click()
    for (const { fingerprint } of hosts) await page.getByText(fingerprint()).first().waitFor(patience)
    for (let left = hosts.length; left > 0; left -= 1) {
      await button('It is the same: trust it').first().click(patience)
      await expect
        .poll(() => button('It is the same: trust it').count(), { timeout: patience.timeout })
        .toBeLessThan(left)
    }
    await page.goto(`${origin}/hosts?q=state:ready`)
    await page.getByText('6 in all').waitFor(patience)
  })

  it('shows the canary, its soak, and the wave after it', async () => {
    await begin('All in turn', withFault(null, 4), {})
    await page.getByText('Soaking: the wave is left alone').waitFor(patience)
    await page.getByText(/^canary, wave 1 of 2, 1 of 4 hosts converted/).waitFor()
    await page.getByText(/^wave 2 of 2/).waitFor(patience)
    expect(await page.title()).toMatch(/^◐ Running · All in turn/)
  })

  it('is paused, with what that means for the host in flight, and goes on from there', async () => {
    const meaning = await confirm('Pause', 'Pause')
    expect(meaning).toMatch(/No further host begins\./)
    await pill('Paused').first().waitFor(patience)
    await page.getByText(/^Paused\. No further host begins\./).waitFor()
    await look('1-paused')
    expect(await button('Retry failed only').getAttribute('title')).toMatch(/No host has failed/)
    await confirm('Resume', 'Resume')
    await pill('Finished').first().waitFor(patience)
    await page.getByText('Finished. 4 of 4 hosts were converted, as read back from the kernel.').waitFor()
    await look('2-finished')
  })

  it('opens a host from the keyboard, and closes it again', async () => {
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    const drawer = page.getByRole('dialog')
    await drawer.getByText('What was written').first().waitFor()
    expect(page.url()).toMatch(/host=[0-9a-f-]{36}/)
    await look('3-host')
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'detached' })
    // The address follows what is shown, a moment later.
    await page.waitForURL((url) => !url.searchParams.has('host'))
  })

  it('stops at the failure that crosses the limit, and the next host never begins', async () => {
    const none = { count: 0, percent: null }
    const failures = { ...policy.failures, perWave: { hosts: none, devices: anyNumber } }
    await begin('None may fail', withFault('busy', 2), { canaryHosts: 0, failures })
    await pill('Stopped').first().waitFor(patience)
    await page
      .getByText(/More hosts of this wave failed than the policy allows/)
      .first()
      .waitFor()
    await page.getByRole('link', { name: '1 not started' }).waitFor()
    await page.getByText('Device in use').first().waitFor()
    await look('4-stopped')
  })

  it('tries again what failed and nothing else', async () => {
    const meaning = await confirm('Retry 1 failed only', 'Retry 1 host')
    expect(meaning).toMatch(/no other host begins/)
    // It may have stopped again before this page has shown that it ran: the host's second run tells.
    await page.getByRole('link', { name: /^1 host: Device in use/ }).click()
    await page.getByText('1 of 2 hosts, ').waitFor(patience)
    await page.locator('#matrix tbody a').first().click()
    const drawer = page.getByRole('dialog')
    await drawer.locator('details').nth(1).waitFor(patience)
    expect(await drawer.locator('details').count()).toBe(2)
    await page.keyboard.press('Escape')
    await pill('Stopped').first().waitFor(patience)
    await page.getByRole('link', { name: '1 not started' }).waitFor()
  })
})
