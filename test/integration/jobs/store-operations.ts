import fc from 'fast-check'
import type { JobStageControls } from './store-subjects'

const host = fc.nat({ max: 1 })
const job = fc.nat({ max: 3 })
/** 0: the token taken last for the job's host; 1: the one before, as a worker holds that was away. */
const age = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) })

/** A lease lives for 60 s, a back-off is 40 s, unknown ends at 90 s; time moves by 25 s: no two ever meet exactly. */
const ttlMs = 60_000
const deadlineMs = 90_000
const stepMs = 25_000

/** One call on a store, or a turn of the world around it. */
export const operation = fc.oneof(
  // The whole way to go at once, or random steps would seldom get that far.
  { weight: 5, arbitrary: fc.record({ do: fc.constant('drive' as const), job }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('loseAndRetake' as const), job, cancels: fc.boolean() }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('takeLease' as const), host }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('renewLease' as const), host, age }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('releaseLease' as const), host, age }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('claimJob' as const), job, age }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('takeOver' as const), job, age }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      job,
      age,
      to: fc.constantFrom(
        'preflight' as const,
        'preflight' as const,
        'verifying' as const,
        'acting' as const,
      ),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('recheckForGo' as const),
      job,
      age,
      approved: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('recheckForRecovery' as const), job, age }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('setStuck' as const), job, age, isStuck: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('markLost' as const), job }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('appendLines' as const),
      job,
      age,
      numbers: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('requeue' as const),
      job,
      age,
      afterMs: fc.constantFrom(0, 40_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('markUnknown' as const), job, age }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('endJob' as const),
      job,
      age,
      state: fc.constantFrom('converted' as const, 'failed' as const, 'refused' as const, 'already' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('requestCancel' as const), job }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('releaseOrphans' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('endOverdue' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('listRunnable' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('listUnattended' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('elapse' as const), ms: fc.constant(stepMs) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('setStop' as const),
      pulled: fc.constantFrom(false, false, true, null),
    }),
  },
)
export type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

const byJobId = (a: { jobId: string }, b: { jobId: string }) => a.jobId.localeCompare(b.jobId)

/** Runs one operation on one store; the answer is in terms that both stores share. */
export async function perform(on: JobStageControls, op: Operation): Promise<unknown> {
  const { store, jobs, hosts } = on
  const at = <T>(list: readonly T[], index: number): T => {
    const item = list[index]
    if (item === undefined) throw new Error(`no ${index}`)
    return item
  }
  const token = (jobIndex: number, tokenAge: number) => on.token(at(jobs, jobIndex).hostId, tokenAge)
  switch (op.do) {
    case 'drive': {
      const { id, hostId, digest } = at(jobs, op.job)
      return [
        await on.take(hostId, ttlMs),
        await store.claimJob(id, on.token(hostId, 0)),
        await store.advance(id, on.token(hostId, 0), 'preflight'),
        await store.recheckForGo(id, on.token(hostId, 0), digest),
      ]
    }
    case 'loseAndRetake': {
      const { id, hostId } = at(jobs, op.job)
      return [
        await store.markUnknown(id, on.token(hostId, 0), 'gone'),
        await store.releaseLease(hostId, on.token(hostId, 0)),
        await on.take(hostId, ttlMs),
        await store.takeOver(id, on.token(hostId, 0)),
        op.cancels ? await store.requestCancel(id, { kind: 'user', id: 'ada' }) : null,
        await store.recheckForRecovery(id, on.token(hostId, 0)),
      ]
    }
    case 'takeLease':
      return on.take(at(hosts, op.host), ttlMs)
    case 'renewLease':
      return store.renewLease(at(hosts, op.host), on.token(at(hosts, op.host), op.age), ttlMs)
    case 'releaseLease':
      return store.releaseLease(at(hosts, op.host), on.token(at(hosts, op.host), op.age))
    case 'claimJob':
      return store.claimJob(at(jobs, op.job).id, token(op.job, op.age))
    case 'takeOver':
      return store.takeOver(at(jobs, op.job).id, token(op.job, op.age))
    case 'advance':
      return store.advance(at(jobs, op.job).id, token(op.job, op.age), op.to)
    case 'recheckForGo': {
      const digest = op.approved ? at(jobs, op.job).digest : 'f'.repeat(64)
      return store.recheckForGo(at(jobs, op.job).id, token(op.job, op.age), digest)
    }
    case 'recheckForRecovery':
      return store.recheckForRecovery(at(jobs, op.job).id, token(op.job, op.age))
    case 'setStuck': {
      const write = { step: 'bind' as const, path: '/sys/bus/dax/drivers/kmem/bind', value: 'dax0.0' }
      const stuck = op.isStuck ? { write, forMs: 20_000 } : null
      return store.setStuck(at(jobs, op.job).id, token(op.job, op.age), stuck)
    }
    case 'markLost':
      return store.markLost(at(jobs, op.job).id, { kind: 'user', id: 'ada' })
    case 'appendLines':
      return store.appendLines(
        at(jobs, op.job).id,
        token(op.job, op.age),
        op.numbers.map((n) => ({
          n,
          uptimeMs: '1',
          kind: 'step',
          step: 'lock',
          state: 'started',
          detail: '',
        })),
      )
    case 'requeue':
      return store.requeue(at(jobs, op.job).id, token(op.job, op.age), op.afterMs, 'again')
    case 'markUnknown':
      return store.markUnknown(at(jobs, op.job).id, token(op.job, op.age), 'gone')
    case 'endJob':
      return store.endJob(at(jobs, op.job).id, token(op.job, op.age), {
        state: op.state,
        message: 'ended',
        next: '',
        causeCode: null,
      })
    case 'requestCancel':
      return store.requestCancel(at(jobs, op.job).id, { kind: 'user', id: 'ada' })
    case 'releaseOrphans':
      return (await store.releaseOrphans()).toSorted(byJobId)
    case 'endOverdue':
      return (await store.endOverdue(deadlineMs)).toSorted()
    case 'listRunnable':
      return store.listRunnable(10)
    case 'listUnattended':
      return (await store.listUnattended(10)).toSorted(byJobId)
    case 'elapse':
      return on.elapse(op.ms)
    case 'setStop':
      return on.setStop(op.pulled)
  }
}
