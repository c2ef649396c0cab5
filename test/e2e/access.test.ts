import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { totpOf } from '@/test/support/totp'
import { useVisitor } from '@/test/support/visitor'

const password = 'correct horse battery'

describe('who may do what, in the browser', () => {
  const visitor = useVisitor('access-')
  const { button, look, fillAccount } = visitor
  let page: Page
  let origin = ''
  let app = ''
  beforeAll(() => {
    page = visitor.page
    origin = visitor.product.origin
  })

  const textOf = async (label: string) => {
    const copy = page.getByRole('button', { name: `Copy ${label}` })
    return (await copy.locator('xpath=preceding-sibling::code').textContent()) ?? ''
  }

  it('sets up a second factor, and asks for it at the next sign-in', async () => {
    await page.goto(visitor.product.link)
    await fillAccount()
    await button('Make the account and sign in').click()
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('heading', { name: 'Where you are signed in' }).waitFor()
    await page.getByLabel('Your password').fill(password)
    await button('Set up…').click()
    const link = page.getByRole('link', { name: 'open it in an app on this device' })
    app = (await link.getAttribute('href')) ?? ''
    await page.getByRole('img', { name: /^QR code of the key/ }).waitFor()
    await look('2-set-up')
    await page.getByLabel('2. The code it shows').fill(totpOf(app))
    await button('Turn it on').click()
    await button('New recovery codes').waitFor()
    expect(await page.getByRole('region', { name: 'Recovery codes' }).getByRole('listitem').count()).toBe(10)

    // The button of the shell, not one of the table.
    await page.getByRole('complementary').getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(/\/sign-in/)
    await page.getByLabel('E-mail address').fill('ada@example.test')
    await page.getByLabel('Password').fill(password)
    await button('Sign in').click()
    const code = page.getByLabel('Code')
    await code.fill('000000')
    await button('Sign in').click()
    await page.getByText('This code is not good now, or was used already.').waitFor()
    await look('3-code')
    // The next one: this one may be the one that was used, and a code is good once.
    await code.fill(totpOf(app, 1))
    await button('Sign in').click()
    await page.waitForURL((url) => url.pathname !== '/sign-in')
  })

  it('makes a token that a program uses, until it is revoked', async () => {
    await page.goto(`${origin}/settings/tokens`)
    await button('New token…').click()
    await page.getByLabel('Name').fill('ci')
    await page.getByLabel('hosts', { exact: true }).check()
    await button('Make the token').click()
    const token = await textOf('the token')
    const ask = (path: string) =>
      fetch(`${origin}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })
    const hosts = await ask('/hosts')
    expect([hosts.status, await hosts.json()]).toMatchObject([200, { total: 0 }])
    expect((await ask('/jobs')).status).toBe(403)
    await look('5-tokens')
    await button('Revoke').click()
    await visitor.pill('Revoked').waitFor()
    expect((await ask('/hosts')).status).toBe(401)
  })

  it('invites somebody, who sees what they may not do and why', async () => {
    await page.goto(`${origin}/settings/people`)
    await button('Invite…').click()
    await page.getByLabel('Name').fill('Bo Viewer')
    await page.getByLabel('E-mail address').fill('bo@example.test')
    await button('Make the link').click()
    const link = await textOf('the link')
    await look('6-people')
    await page.getByRole('button', { name: 'Change ada@example.test' }).click()
    await button('Disable').click()
    await page.getByText('This is the last admin').waitFor()
    await look('7-person')
    await page.keyboard.press('Escape')

    await page.getByRole('complementary').getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(/\/sign-in/)
    await page.goto(link)
    await page.getByLabel('Password').fill('another long password')
    await button('Set the password and sign in').click()
    await page.getByText('bo@example.test').waitFor()
    await page.goto(`${origin}/settings/people`)
    const invite = button('Invite…')
    await page.waitForFunction(() => document.querySelector('main [aria-disabled="true"]') !== null)
    expect(await invite.getAttribute('title')).toBe(
      'This takes the role admin; yours is viewer. Ask an admin for it.',
    )
    await invite.click({ force: true })
    expect(await page.getByRole('heading', { name: 'Invite somebody' }).count()).toBe(0)
    expect(await button('Stop fleet…').getAttribute('aria-disabled')).toBe('true')
    await look('9-viewer')
  })
})
