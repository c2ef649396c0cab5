import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { freePort } from '@/scripts/launch/free-port'
import { TestIdentityProvider } from '@/test/support/identity-provider'
import { useVisitor } from '@/test/support/visitor'

describe('sign-in by an identity provider, in the browser', async () => {
  const port = await freePort()
  const provider = await TestIdentityProvider.start(`http://127.0.0.1:${port}/sign-in/oidc`)
  provider.subjects.set('kim', { sub: 'kim', email: 'kim@example.test', email_verified: true, name: 'Kim' })
  const visitor = useVisitor('oidc-', {
    ...provider.settings(),
    OIDC_NAME: 'the lab’s provider',
    PORT: String(port),
  })
  const { button, look, fillAccount } = visitor
  let page: Page
  let origin = ''
  beforeAll(() => {
    page = visitor.page
    origin = `http://127.0.0.1:${port}`
  })
  afterAll(() => provider.fall())
  const goThere = async () => {
    await page.goto(`${origin}/sign-in?next=/runs`)
    await button('Sign in with the lab’s provider').click()
    await page.getByLabel('Who are you?').fill('kim')
    await page.getByRole('button', { name: 'Sign in there' }).click()
  }

  it('refuses whom nobody has invited, and says what to do', async () => {
    await page.goto(visitor.product.link)
    await fillAccount()
    await button('Make the account and sign in').click()
    await page.waitForURL(/\/hosts/)
    await page.getByRole('complementary').getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(/\/sign-in/)
    await button('Sign in with the lab’s provider').waitFor()
    await look('1-sign-in')
    await goThere()
    await page.getByText('Nobody has invited you here.').waitFor()
    await look('2-not-invited')
  })

  it('lets in whoever was invited, on the page they wanted', async () => {
    await page.getByLabel('E-mail address').fill('ada@example.test')
    await page.getByLabel('Password').fill('correct horse battery')
    await button('Sign in').click()
    await page.waitForURL((url) => url.pathname !== '/sign-in')
    await page.goto(`${origin}/settings/people`)
    await button('Invite…').click()
    await page.getByLabel('Name').fill('Kim')
    await page.getByLabel('E-mail address').fill('kim@example.test')
    await button('Make the link').click()
    await page.getByRole('button', { name: 'Copy the link' }).waitFor()
    await page.getByRole('complementary').getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(/\/sign-in/)
    await page.context().clearCookies()
    await goThere()
    await page.waitForURL(`${origin}/runs`)
    await page.getByText('kim@example.test').waitFor()
  })

  it('says so when the provider is down, and the password still works', async () => {
    await page.context().clearCookies()
    await provider.fall()
    await page.goto(`${origin}/sign-in`)
    await button('Sign in with the lab’s provider').click()
    await page.getByText('The identity provider does not answer.').waitFor()
    await look('3-down')
    await page.getByLabel('E-mail address').fill('ada@example.test')
    await page.getByLabel('Password').fill('correct horse battery')
    await button('Sign in').click()
    await page.waitForURL((url) => url.pathname !== '/sign-in')
    await page.getByText('ada@example.test').waitFor()
    await provider.rise()
  })
})
