import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { useVisitor } from '@/test/support/visitor'

const told = (page: Page) => page.getByText('The fleet is stopped.')

describe('tabs of one browser', () => {
  const visitor = useVisitor('many-tabs-')
  const { button, fillAccount } = visitor
  let first: Page
  let second: Page
  let third: Page
  /** A change that none of the pages made. */
  const call = (page: Page, procedure: 'fleet.pullStop' | 'fleet.releaseStop') =>
    page.evaluate(async (path) => {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(`/api/trpc/${path}`, { method: 'POST', headers, body: '{"json":{}}' })
      return response.status
    }, procedure)

  beforeAll(async () => {
    first = visitor.page
    await first.goto(visitor.product.link)
    await fillAccount()
    await button('Make the account and sign in').click()
    await first.waitForURL(/\/hosts/)
    const open = async () => {
      const page = await first.context().newPage()
      await page.goto(`${visitor.product.origin}/hosts`)
      await page.getByRole('button', { name: 'Stop fleet…' }).waitFor()
      return page
    }
    second = await open()
    third = await open()
  })

  it('all show what changed, whichever of them asked', async () => {
    expect(await call(first, 'fleet.pullStop')).toBe(200)
    for (const page of [first, second, third]) await told(page).waitFor()
  })

  it('stay live when the one that kept the stream is closed', async () => {
    const streams = await first.evaluate(async () => {
      const { held, pending } = await navigator.locks.query()
      const ofStream = ({ name }: LockInfo) => name === 'daxfleet-live'
      return [held?.filter(ofStream).length, pending?.filter(ofStream).length]
    })
    expect(streams).toEqual([1, 2])
    await first.close()
    expect(await call(second, 'fleet.releaseStop')).toBe(200)
    for (const page of [second, third]) await told(page).waitFor({ state: 'detached' })
    await second.close()
    expect(await call(third, 'fleet.pullStop')).toBe(200)
    await told(third).waitFor()
  })
})
