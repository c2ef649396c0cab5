import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'
// With its ending: Vite reads this file as Node would.
import { LongestFirst } from './test/support/longest-first.ts'

/** One runner for every suite; what a suite needs beyond Node stands in its own globalSetup. */
const root = fileURLToPath(new URL('.', import.meta.url))

/** Files of these suites run side by side: a guest keeps one processor busy at most, and much of the time waits. */
function withGuests(name: string, globalSetup: string[]): TestProjectConfiguration {
  return {
    extends: true,
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      globalSetup,
      testTimeout: 300_000,
      hookTimeout: 600_000,
      maxWorkers: 3,
    },
  }
}

export default defineConfig({
  resolve: { alias: { '@': root.replace(/\/$/, '') } },
  test: {
    sequence: { sequencer: LongestFirst },
    // What is waited for comes at once or, on a busy machine, later: vitest's own second tells of the machine.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 30_000 } },
      // Plays for a minute or two, in a thread of its own: only the processor's load decides how long.
      {
        extends: true,
        test: { name: 'sim', include: ['test/sim/**/*.test.ts'], testTimeout: 1_800_000, maxWorkers: 1 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/support/database-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Much of what they do is waiting: for a timer, a child to start, a connection to be refused.
          maxWorkers: 4,
        },
      },
      withGuests('kernel', ['test/support/database-setup.ts', 'test/support/guests-setup.ts']),
      withGuests('chaos', ['test/support/database-setup.ts', 'test/support/guests-setup.ts']),
      withGuests('e2e', ['test/support/guests-setup.ts']),
    ],
  },
})
