import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createJobStage, type JobStage } from '../../support/jobs'
import { type Operation, operation, perform } from './store-operations'
import { memorySubject, newSeed, postgresSubject } from './store-subjects'

/** What random steps seldom reach on a busy machine, and is reached in every run all the same. */
const recoveries: Operation[][] = [false, true].map((cancels) => [
  { do: 'drive', job: 0 },
  { do: 'loseAndRetake', job: 0, cancels },
])

/** A job given up before its go, and one of which nothing is known any more. */
const endings: Operation[][] = [
  [{ do: 'requestCancel', job: 0 }],
  [
    { do: 'drive', job: 0 },
    { do: 'markUnknown', job: 0, age: 0 },
  ],
]

/** The approval of two people, which the second job of a host has, runs out before its go. */
const tooLate: Operation[] = [
  ...[0, 1, 2].map(() => ({ do: 'elapse' as const, ms: 25_000 as const })),
  { do: 'drive', job: 1 },
]

let stage: JobStage

beforeAll(async () => {
  stage = await createJobStage()
})
afterAll(() => stage.close())

describe('the store', () => {
  it('decides alike in Postgres and in memory, whatever is asked in whatever order', async () => {
    const reached = new Set<string>()
    const directions = new Set<unknown>()
    const alike = fc.asyncProperty(
      fc.array(operation, { minLength: 10, maxLength: 40, size: 'max' }),
      async (operations) => {
        const seed = newSeed()
        const memory = memorySubject(seed)
        const postgres = await postgresSubject(stage, seed)
        for (const op of operations) {
          const expected = await perform(memory, op)
          if (op.do === 'loseAndRetake' && Array.isArray(expected)) directions.add(expected.at(-1))
          expect(await perform(postgres, op), JSON.stringify(op)).toEqual(expected)
          const state = await memory.read()
          expect(await postgres.read(), `after ${JSON.stringify(op)}`).toEqual(state)
          for (const job of state.jobs) if (job !== null) reached.add(job.state)
        }
      },
    )
    // Bounded in time as well: each step is some ten statements, and the machine may be busy.
    await fc.assert(alike, {
      numRuns: 30,
      interruptAfterTimeLimit: 25_000,
      examples: [...recoveries, ...endings, tooLate].map((operations) => [operations] as [Operation[]]),
    })
    // A generator that never gets anywhere proves nothing.
    expect([...reached]).toEqual(expect.arrayContaining(['queued', 'acting', 'unknown', 'cancelled']))
    expect([...directions]).toEqual(expect.arrayContaining([null, 'forward', 'back']))
  })
})
