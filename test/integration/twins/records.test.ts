import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrateQueue } from '@/server/lib/queue'
import { createJobStage, type JobStage } from '../../support/jobs'
import { newSeed } from '../jobs/store-subjects'
import { type Operation, operation, perform } from './records-operations'
import { postgresRecords, simulatedRecords } from './records-subjects'

const reading = { do: 'recordInspection', host: 0, since: 'now', availableBytes: '0' } as const
const bothThere: ['convertible', 'convertible'] = ['convertible', 'convertible']
const onStore = (op: Extract<Operation, { on: 'store' }>['op']): Operation => ({ on: 'store', op })
const onRecords = (op: Extract<Operation, { on: 'records' }>['op']): Operation => ({ on: 'records', op })

/** What random steps seldom reach, and is reached in every run all the same. */
const always: Operation[][] = [
  // An unknown job keeps the quarantine, whatever is read of the host; its end lets a fenced reading lift it.
  [
    onStore({ do: 'drive', job: 0 }),
    onStore({ do: 'markUnknown', job: 0, age: 0 }),
    onRecords({ ...reading, fenced: true, fence: 'last', devices: bothThere }),
    onStore({ do: 'markLost', job: 0 }),
    onRecords({ ...reading, fenced: false, fence: 'last', devices: bothThere }),
    onRecords({ ...reading, fenced: true, fence: 'last', devices: ['converted', 'half'] }),
  ],
  // Somebody else's host stays that, though a try to attach to what ran there fails once more.
  [
    onStore({ do: 'loseAndRetake', job: 0, cancels: false }),
    onStore({ do: 'drive', job: 0 }),
    onStore({ do: 'markUnknown', job: 0, age: 0 }),
    onStore({ do: 'releaseLease', host: 0, age: 0 }),
    onStore({ do: 'takeLease', host: 0 }),
    onStore({ do: 'takeOver', job: 0, age: 0 }),
    onRecords({ ...reading, fenced: true, fence: 'stranger', devices: bothThere }),
    onStore({ do: 'markUnknown', job: 0, age: 0 }),
  ],
  // A token of ours that was never handed out, and contacts that fail in each way.
  [
    onRecords({ ...reading, fenced: true, fence: 'beyond', devices: bothThere }),
    onRecords({ do: 'recordContactError', host: 0, since: 'now', kind: 'unreachable' }),
    onRecords({ do: 'recordContactError', host: 0, since: 'now', kind: 'key_changed' }),
    onRecords({ do: 'recordContactError', host: 0, since: 'now', kind: 'sudo_refused' }),
    onRecords({ do: 'recordContactError', host: 0, since: 'now', kind: 'auth_refused' }),
  ],
  [
    onRecords({ do: 'recordContactError', host: 0, since: 'now', kind: 'timed_out' }),
    onRecords({ do: 'recordContactError', host: 0, since: 'now', kind: 'output_overflow' }),
    onRecords({ ...reading, fenced: false, fence: 'none', devices: ['unbound', 'absent'] }),
  ],
  // A probe that was asked for while a look was under way is still to be made.
  [
    onRecords({ do: 'requestProbe', host: 0 }),
    onRecords({ do: 'look', host: 0 }),
    onRecords({ do: 'requestProbe', host: 0 }),
    onRecords({ ...reading, since: 'look', fenced: false, fence: 'none', devices: bothThere }),
    onRecords({ do: 'recordContactError', host: 0, since: 'look', kind: 'unreachable' }),
    onRecords({ do: 'recordHeld', host: 0, since: 'look', job: 0 }),
    onRecords({ do: 'recordHeld', host: 0, since: 'now', job: 0 }),
  ],
  // The end of a contact is noted by its owner, begun or not.
  [
    onStore({ do: 'drive', job: 0 }),
    onRecords({ do: 'noteContact', job: 0, age: 0, state: 'done' }),
    onRecords({ do: 'noteContact', job: 0, age: 0, state: 'running' }),
    onRecords({ do: 'setJournalOffset', job: 0, age: 0, offset: 4 }),
    onStore({ do: 'requeue', job: 0, age: 0, afterMs: 0 }),
    onStore({ do: 'claimJob', job: 0, age: 0 }),
    onRecords({ do: 'noteContact', job: 0, age: 0, state: 'failed' }),
  ],
]

/** Each step is some ten statements, and the machine may be busy: no further random run begins after this time. */
const withinMs = 20_000

/** What is reached in every run takes its time where a step takes a second. */
const mostMs = 240_000

let stage: JobStage

beforeAll(async () => {
  stage = await createJobStage()
  await migrateQueue(stage.pg)
})
afterAll(() => stage.close())

describe('the simulation’s database', () => {
  it(
    'records what workers tell as Postgres does, whatever is told in whatever order',
    async () => {
      const reached = new Set<string>()
      const untilMs = performance.now() + withinMs
      let runs = 0
      const alike = fc.asyncProperty(
        fc.array(operation, { minLength: 10, maxLength: 40, size: 'max' }),
        async (operations) => {
          if (runs++ >= always.length && performance.now() > untilMs) return
          const seed = newSeed()
          const simulated = await simulatedRecords(seed)
          const postgres = await postgresRecords(stage, seed)
          expect(await postgres.readRecords(), 'at the beginning').toEqual(await simulated.readRecords())
          for (const each of operations) {
            const told = JSON.stringify(each)
            const expected = await perform(simulated, each)
            expect(await perform(postgres, each), told).toEqual(expected)
            const state = await simulated.read()
            expect(await postgres.read(), `after ${told}`).toEqual(state)
            expect(await postgres.readRecords(), `after ${told}`).toEqual(await simulated.readRecords())
            for (const { state: hostState } of await hostFacts(simulated)) reached.add(hostState)
          }
        },
      )
      await fc.assert(alike, {
        numRuns: 25,
        examples: always.map((operations) => [operations] as [Operation[]]),
      })
      // A generator that never gets anywhere proves nothing.
      const states = ['ready', 'quarantined', 'foreign', 'unreachable', 'key_changed', 'sudo_refused']
      expect([...reached]).toEqual(expect.arrayContaining(states))
    },
    mostMs,
  )
})

async function hostFacts({ hosts, records }: Awaited<ReturnType<typeof simulatedRecords>>) {
  const facts = await Promise.all(hosts.map((hostId) => records.readHost(hostId)))
  return facts.filter((each) => each !== null)
}
