import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createJobStage, type JobStage } from '../../support/jobs'
import { postgresRollout } from './postgres-rollout'
import { type JobEnding, type Operation, operation, perform, told } from './rollout-operations'
import { newRolloutSeed } from './rollout-subjects'
import { simulatedRollout } from './simulated-rollout'

const turn: Operation = { do: 'turn' }
/** A turn that asks for the next at once has it. */
const turns = [turn, turn]
const well: JobEnding = { state: 'converted', cause: null }
const ends = (device: number, ending: JobEnding, afterGo = true): Operation[] => [
  { do: 'endJob', device, ending, afterGo, isRead: true },
  ...turns,
]
const soaked: Operation[] = [
  { do: 'elapse', ms: 26_000 },
  { do: 'elapse', ms: 26_000 },
  { do: 'elapse', ms: 26_000 },
  turn,
]
const obey = (command: Extract<Operation, { do: 'obey' }>['command'], host = 0): Operation => ({
  ...{ do: 'obey', command, host },
})
const read = (host: number): Operation => ({ do: 'inspect', host, fenced: true, converted: true })

/** What random steps seldom reach, and is reached in every run all the same. */
const always: Operation[][] = [
  // The whole way.
  [
    ...[turn, ...ends(0, well), ...ends(3, well), ...soaked, read(0), ...turns],
    ...[...ends(1, well), ...ends(2, well), ...soaked, read(1), read(2), ...turns],
  ],
  // A failure before go is tried again, one after it stops the rollout; then it is taken up again.
  [
    turn,
    ...ends(0, { state: 'failed', cause: 'unreachable' }, false),
    { do: 'elapse', ms: 26_000 },
    read(0),
    turn,
    ...ends(0, { state: 'failed', cause: 'EINVAL' }),
    turn,
    obey('retryFailed'),
    obey('resume'),
    turn,
    obey('skip', 2),
    turn,
  ],
  // What is in flight is asked to stop, at once; and what is unknown is waited for.
  [turn, obey('abort'), turn, ...ends(0, { state: 'cancelled', cause: null }, false)],
  [turn, { do: 'loseJob', device: 0 }, turn, obey('stop'), turn, ...ends(0, well), obey('resume'), turn],
  // Nothing begins under the stop, nor on a host that is away; and a host has a deadline.
  [
    { do: 'setStop', pulled: true },
    turn,
    { do: 'setStop', pulled: false },
    { do: 'loseContact', host: 0 },
    turn,
  ],
  [turn, { do: 'elapse', ms: 988_000 }, { do: 'elapse', ms: 988_000 }, turn, obey('pause'), obey('resume')],
]

/** Each step is some ten statements, and the machine may be busy: no further random run begins after this time. */
const withinMs = 20_000

/** What is reached in every run takes its time where a step takes a second. */
const mostMs = 240_000

let stage: JobStage

beforeAll(async () => {
  stage = await createJobStage()
})
afterAll(() => stage.close())

describe('the simulation’s rollout', () => {
  it(
    'goes as the one in Postgres does, whatever happens in whatever order',
    async () => {
      const reached = new Set<string>()
      const untilMs = performance.now() + withinMs
      let runs = 0
      const alike = fc.asyncProperty(
        fc.array(operation, { minLength: 15, maxLength: 50, size: 'max' }),
        fc.constantFrom(null, 0, 1),
        async (operations, failuresAllowed) => {
          if (runs++ >= always.length && performance.now() > untilMs) return
          let sinceMs = performance.now()
          const seed = newRolloutSeed(failuresAllowed)
          const simulated = await simulatedRollout(seed)
          const postgres = await postgresRollout(stage, seed)
          const seen = async (on: typeof simulated) => told(await on.read(), await on.nowMs())
          expect(await seen(postgres), 'at the beginning').toEqual(await seen(simulated))
          for (const each of operations) {
            const expected = await perform(simulated, each, seed.hosts)
            expect(await perform(postgres, each, seed.hosts), JSON.stringify(each)).toEqual(expected)
            // The simulated clock stands still while a step is taken.
            const passedMs = performance.now() - sinceMs
            await postgres.holdStill(passedMs)
            sinceMs += passedMs
            expect(await seen(postgres), `after ${JSON.stringify(each)}`).toEqual(await seen(simulated))
            const { state, hosts } = await simulated.read()
            for (const word of [state, ...hosts.map((host) => host.state)]) reached.add(word)
          }
        },
      )
      await fc.assert(alike, {
        numRuns: 25,
        examples: always.map((operations) => [operations, 0] as [Operation[], 0]),
      })
      // A generator that never gets anywhere proves nothing.
      const words = [
        'finished',
        'stopped',
        'aborting',
        'paused',
        'failed',
        'skipped',
        'succeeded',
        'unstarted',
      ]
      expect([...reached]).toEqual(expect.arrayContaining(words))
    },
    mostMs,
  )
})
