import type { BrowserContext, Page } from 'playwright-core'
import type { Reading } from './lateness'

/** What a tab is asked in this time it answers, or it hangs. */
const HANGS_AFTER_MS = 10_000
const FIGURE = 'Hosts converted'

/** What the page keeps of itself, from its first line on. */
interface Kept {
  shown: [atMs: number, text: string][]
  longestTaskMs: number
}
declare global {
  // The page's, where only this file looks.
  var daxfleetKept: Kept | undefined
}

/** A call the page made: how long it took in all, and how long of that it waited for a connection of the browser, and for the server. */
export interface PageCall {
  procedure: string
  ms: number
  waitedMs: number
  serverMs: number
  /** Of the answer, as it travelled. */
  bytes: number
}

/** A tab of a browser that is left alone with its page, and asked now and then whether it is still there. */
export class Tab {
  readonly complaints: string[] = []
  slowestAnswerMs = 0

  private constructor(
    readonly page: Page,
    readonly address: string,
  ) {}

  static async open(context: BrowserContext, origin: string, address: string): Promise<Tab> {
    const page = await context.newPage()
    const tab = new Tab(page, address)
    page.on('pageerror', (error) => tab.complaints.push(`${address}: ${error.message}`))
    await page.addInitScript({ content: keep })
    await page.goto(`${origin}${address}`, { waitUntil: 'domcontentloaded', timeout: 120_000 })
    await page.locator('h1').first().waitFor({ timeout: 120_000 })
    // What it took to open is not what it takes to stay live.
    await page.evaluate(() => {
      if (globalThis.daxfleetKept !== undefined) globalThis.daxfleetKept.longestTaskMs = 0
    })
    return tab
  }

  /** Asks the page for an answer of its own; false when it hangs. */
  async answers(): Promise<boolean> {
    const began = performance.now()
    const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), HANGS_AFTER_MS).unref())
    const isThere = await Promise.race([this.page.evaluate(() => document.readyState !== 'loading'), late])
    this.slowestAnswerMs = Math.max(this.slowestAnswerMs, performance.now() - began)
    return isThere
  }

  /** How many hosts it showed as converted, and from when on; and the longest its page stood still. */
  async kept(): Promise<{ shown: Reading[]; longestTaskMs: number }> {
    const kept = await this.page.evaluate(() => globalThis.daxfleetKept)
    const shown = (kept?.shown ?? []).map(([atMs, text]) => ({
      atMs,
      value: Number(text.replace(/\D/g, '')),
    }))
    return { shown, longestTaskMs: kept?.longestTaskMs ?? 0 }
  }

  /** Calls of procedures since it was opened. */
  calls(): Promise<PageCall[]> {
    return this.page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .filter((entry): entry is PerformanceResourceTiming => entry.name.includes('/api/trpc/'))
        .filter(({ name }) => !name.includes('events.stream'))
        .map(({ name, duration, fetchStart, requestStart, responseStart, encodedBodySize }) => ({
          procedure: new URL(name).pathname.replace('/api/trpc/', ''),
          ms: duration,
          waitedMs: Math.max(0, requestStart - fetchStart),
          serverMs: Math.max(0, responseStart - requestStart),
          bytes: encodedBodySize,
        })),
    )
  }
}

/**
 * Runs in the page: writes down each change of the figure, and how long a task held it up. As text, since what a bundler
 * adds to a function is not there.
 */
const keep = `{
  performance.setResourceTimingBufferSize(100_000)
  const kept = { shown: [], longestTaskMs: 0 }
  globalThis.daxfleetKept = kept
  let last = ''
  const look = () => {
    const label = [...document.querySelectorAll('dt')].find(({ textContent }) => textContent === '${FIGURE}')
    const text = label?.nextElementSibling?.textContent ?? ''
    if (text === last || text === '') return
    last = text
    kept.shown.push([Date.now(), text])
  }
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true })
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) kept.longestTaskMs = Math.max(kept.longestTaskMs, duration)
  }).observe({ type: 'longtask' })
}`
