import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** One runner for every suite; what a suite needs beyond Node stands in its own globalSetup. */
const root = fileURLToPath(new URL('.', import.meta.url))

export default defineConfig({
  resolve: { alias: { '@': root.replace(/\/$/, '') } },
  test: {
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 30_000 } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/support/database-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          globalSetup: ['test/support/database-setup.ts', 'test/support/guests-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          // An emulated guest keeps one processor busy at most, and much of the time waits.
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'chaos',
          include: ['test/chaos/**/*.test.ts'],
          globalSetup: ['test/support/database-setup.ts', 'test/support/guests-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          // An emulated guest keeps one processor busy at most, and much of the time waits.
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/guests-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
