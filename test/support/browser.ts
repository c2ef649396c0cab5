import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const screens = fileURLToPath(new URL('../../test-results/screens/', import.meta.url))

/** Keeps a page as it looks, light and dark, wide and narrow, for people to open; where nobody does (`CI`), it keeps none. */
export async function keepScreens(page: Page, name: string): Promise<void> {
  if (process.env.CI) return
  await mkdir(screens, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const [shape, width] of Object.entries({ wide: 1440, narrow: 390 })) {
      await page.setViewportSize({ width, height: 900 })
      await page.screenshot({
        path: path.join(screens, `${name}-${shape}-${colorScheme}.png`),
        fullPage: true,
      })
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1440, height: 900 })
}

/** Axe finds nothing on the page as it stands, in either colour scheme. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const { violations } = await new AxeBuilder({ page }).analyze()
    const found = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`,
    )
    expect(found, `${page.url()} in ${colorScheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light' })
}
