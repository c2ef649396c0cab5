import type { TestProject } from 'vitest/node'
import { chooseAccelerator } from '@/scripts/lab/accelerator'
import { ensureGuestImage } from '@/scripts/lab/image/build'
import { ensureLabPackages } from '@/scripts/lab/packages'
import { cacheFolder } from '@/scripts/lab/paths'

/** What a test file learns about guests before it starts: where the image is, or why there are none. */
export type GuestsProvided = { available: true; cache: string } | { available: false; why: string }

declare module 'vitest' {
  interface ProvidedContext {
    guests: GuestsProvided
  }
}

/** Builds what every guest shares once, before the first test file; under CI a machine without guests is a failure. */
export default async function setup(project: TestProject): Promise<void> {
  const log = (sentence: string) => console.log(sentence)
  try {
    await ensureLabPackages({ log })
    const cache = cacheFolder()
    await chooseAccelerator(cache, await ensureGuestImage({ cache, log }))
    project.provide('guests', { available: true, cache })
  } catch (error) {
    if (process.env.CI === 'true') throw error
    const why = error instanceof Error ? error.message : String(error)
    console.warn(`Tests with guests are skipped. ${why}`)
    project.provide('guests', { available: false, why })
  }
}
