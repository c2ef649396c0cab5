import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { useVisitor } from '@/test/support/visitor'

describe('where two people approve, in the browser', () => {
  const visitor = useVisitor('approvals-')
  const { button, look, fillAccount } = visitor
  let ada: Page
  let origin = ''
  beforeAll(() => {
    ada = visitor.page
    origin = visitor.product.origin
  })

  it('an admin makes a rule, and invites somebody who can approve', async () => {
    await ada.goto(visitor.product.link)
    await fillAccount()
    await button('Make the account and sign in').click()
    await ada.waitForURL(/\/hosts/)
    await ada.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Approvals' }).click()
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
    expect(await copy.locator('xpath=preceding-sibling::code').textContent()).toContain('/join#')
  })
})
