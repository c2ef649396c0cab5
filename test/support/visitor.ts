import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, onTestFailed } from 'vitest'
import { expectAccessible, keepScreens } from './browser'
import { openBrowser } from './open-browser'
import { type StartedProduct, startProduct } from './started-product'

/** Guests are emulated and the machine is shared. */
export const patience = { timeout: 180_000 }

/** A person before the whole product, as `npm start` starts it. */
export interface Visitor {
  readonly page: Page
  readonly product: StartedProduct
  /** What the browser complained of so far; empty at the end. */
  readonly complaints: string[]
  /** A state as people see it: a glyph, then the word. */
  pill(word: string): Locator
  button(label: string): Locator
  /** Axe finds nothing, and the page is kept as it looks. */
  look(screen: string): Promise<void>
  /** Fills in the form of the first account. */
  fillAccount(): Promise<void>
}

/**
 * Starts product and browser before the tests of the surrounding `describe`, and ends them after; by then the browser
 * must have complained of nothing. `prefix` names the pictures; `settings` are variables of the product.
 */
export function useVisitor(prefix: string, settings: Record<string, string> = {}): Visitor {
  let product: StartedProduct | undefined
  let browser: Awaited<ReturnType<typeof openBrowser>> | undefined
  let shown: Page | undefined
  const complaints: string[] = []
  const visitor: Visitor = {
    complaints,
    get page() {
      if (shown === undefined) throw new Error('The browser is not open yet.')
      return shown
    },
    get product() {
      if (product === undefined) throw new Error('The product is not started yet.')
      return product
    },
    pill: (word) => visitor.page.getByText(new RegExp(`^\\W*${word}$`)),
    button: (label) => visitor.page.getByRole('button', { name: label, exact: true }),
    async look(screen) {
      await expectAccessible(visitor.page)
      await keepScreens(visitor.page, `${prefix}${screen}`)
    },
    async fillAccount() {
      const { page } = visitor
      await page.getByLabel('Your name').fill('Ada Operator')
      await page.getByLabel('E-mail address').fill('ada@example.test')
      await page.getByLabel('Password').fill('correct horse battery')
    },
  }
  beforeAll(async () => {
    product = await startProduct(settings)
    browser = await openBrowser()
    shown = browser.context.pages()[0] ?? (await browser.context.newPage())
    shown.setDefaultTimeout(60_000)
    shown.on('pageerror', (error) => complaints.push(error.message))
    shown.on('console', (message) => {
      if (/Content Security Policy|Hydration|404/i.test(message.text()))
        complaints.push(`${message.text()} ${message.location().url} on ${shown?.url()}`)
    })
  })
  beforeEach(() => {
    onTestFailed(async () => {
      console.error(`--- npm start ---\n${product?.output()}`)
      console.error(`--- page ---\n${await shown?.locator('body').ariaSnapshot()}`)
    })
  })
  afterAll(async () => {
    await browser?.close()
    expect(await product?.stop()).toBe(0)
    expect(complaints).toEqual([])
  })
  return visitor
}
