import fc from 'fast-check'
import type { DaxDevice, Inspection } from '@/agents/protocol'
import { ContactError, type ContactErrorKind } from '@/server/ssh/target'
import type { WorkerRecords } from '@/server/worker/records'
import { convertedDevice, daxDevice, inspectionOf, onlineBlocks } from '../../support/inspection'
import { operation as ofStore, perform as performOnStore } from '../jobs/store-operations'
import type { JobStageControls } from '../jobs/store-subjects'

/** Whose token a host's disk holds, told in words that both sides have. */
export type FenceFound = 'none' | 'last' | 'beyond' | 'stranger' | 'unreadable'

/** Records with the handles of their world, beside the store of the same jobs. */
export interface RecordsControls extends JobStageControls {
  records: WorkerRecords
  requestFencingProbe(hostId: string): Promise<void>
  /** A moment later, so that no two marks are of the same. */
  tick(): Promise<void>
  /** The mark for a probe as it was when a look at the host began. */
  markSeen: Map<string, Date | null>
  fenceOf(found: FenceFound): Promise<Inspection['fence']>
  /** Every message that waits is delivered, and does nothing. */
  drain(): Promise<void>
  /** What is seen of hosts, devices, journals and messages. */
  readRecords(): Promise<unknown>
}

const host = fc.nat({ max: 1 })
const job = fc.nat({ max: 3 })
const age = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) })
const always = <T extends string>(what: T) => fc.constant(what)
/** Which mark for a probe the contact answers: the one that stands, or the one seen when a look began before. */
const since = fc.constantFrom('now' as const, 'now' as const, 'look' as const)

const kinds: ContactErrorKind[] = [
  'unreachable',
  'timed_out',
  'lost_contact',
  'agent_failed',
  'sudo_refused',
  'auth_refused',
  'key_changed',
  'output_overflow',
]
const deviceForms = ['convertible', 'converted', 'half', 'unbound', 'absent'] as const
const form = fc.constantFrom(...deviceForms)

const ofRecords = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ do: always('setJournalOffset'), job, age, offset: fc.nat({ max: 9 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: always('noteContact'),
      job,
      age,
      state: fc.constantFrom('running' as const, 'done' as const, 'failed' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: always('recordContactError'), host, since, kind: fc.constantFrom(...kinds) }),
  },
  { weight: 1, arbitrary: fc.record({ do: always('recordUnreached'), host }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: always('recordInspection'),
      host,
      since,
      fenced: fc.boolean(),
      fence: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom<FenceFound>('none', 'last') },
        { weight: 2, arbitrary: fc.constantFrom<FenceFound>('beyond', 'stranger', 'unreadable') },
      ),
      devices: fc.tuple(form, form),
      availableBytes: fc.constantFrom('0', '1073741824'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: always('look'), host }) },
  { weight: 2, arbitrary: fc.record({ do: always('recordHeld'), host, since, job }) },
  { weight: 1, arbitrary: fc.record({ do: always('keepForeign'), host }) },
  { weight: 1, arbitrary: fc.record({ do: always('recordAdoption'), host, isRefused: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: always('forgetFenceRequest'), host }) },
  { weight: 2, arbitrary: fc.record({ do: always('requestProbe'), host }) },
  { weight: 2, arbitrary: fc.record({ do: always('requestFencingProbe'), host }) },
  { weight: 1, arbitrary: fc.record({ do: always('announceJournal'), job }) },
  { weight: 1, arbitrary: fc.record({ do: always('recordAbortSent'), job }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: always('wakeJob'), job, afterMs: fc.constantFrom(0, 40_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: always('wakeUnawaitedJobs'), jobs: fc.uniqueArray(job, { maxLength: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: always('drain') }) },
)
type OnRecords = typeof ofRecords extends fc.Arbitrary<infer T> ? T : never
type OnStore = Parameters<typeof performOnStore>[1]

/** One call on the store or on the records, or a turn of the world around both. */
export const operation = fc.oneof(
  { weight: 1, arbitrary: fc.record({ on: always('store'), op: ofStore }) },
  { weight: 1, arbitrary: fc.record({ on: always('records'), op: ofRecords }) },
)
export type Operation = { on: 'store'; op: OnStore } | { on: 'records'; op: OnRecords }

/** Runs one operation on one side; the answer is in terms that both share. */
export function perform(on: RecordsControls, operation: Operation): Promise<unknown> {
  return operation.on === 'store' ? performOnStore(on, operation.op) : performOnRecords(on, operation.op)
}

async function performOnRecords(on: RecordsControls, op: OnRecords): Promise<unknown> {
  const { records, jobs, hosts } = on
  await on.tick()
  const jobAt = (index: number) => at(jobs, index)
  const tokenOf = (index: number, tokenAge: number) => on.token(jobAt(index).hostId, tokenAge)
  switch (op.do) {
    case 'setJournalOffset':
      return records.setJournalOffset(jobAt(op.job).id, tokenOf(op.job, op.age), op.offset)
    case 'noteContact': {
      const note = { state: op.state, detail: 'over ssh', durationMs: op.state === 'running' ? null : 12 }
      return records.noteContact(jobAt(op.job).id, tokenOf(op.job, op.age), note)
    }
    case 'look':
      on.markSeen.set(at(hosts, op.host), await markOf(on, op.host))
      return
    case 'recordContactError':
      return records.recordContactError(at(hosts, op.host), faultOf(op.kind), await answeredBy(on, op))
    case 'recordUnreached':
      return records.recordUnreached(at(hosts, op.host), faultOf('unreachable'))
    case 'recordInspection':
      return records.recordInspection(at(hosts, op.host), await inspectionFor(on, op), {
        fenced: op.fenced,
        answers: await answeredBy(on, op),
      })
    case 'recordHeld':
      return records.recordHeld(at(hosts, op.host), jobAt(op.job).id, await answeredBy(on, op))
    case 'keepForeign':
      return records.keepForeign(at(hosts, op.host), { message: 'Not today.', next: 'Ask again.' })
    case 'recordAdoption': {
      const tokens = { from: 'unreadable', to: { installationId: 'ours', epoch: '1' } } as const
      const refused = op.isRefused ? { message: 'Not today.', next: 'Ask again.' } : null
      return records.recordAdoption({ hostId: at(hosts, op.host), name: 'h' }, tokens, refused)
    }
    case 'forgetFenceRequest':
      return records.forgetFenceRequest(at(hosts, op.host))
    case 'requestProbe':
      return records.requestProbe(at(hosts, op.host))
    case 'requestFencingProbe':
      return on.requestFencingProbe(at(hosts, op.host))
    case 'announceJournal':
      return records.announceJournal(jobAt(op.job).id)
    case 'recordAbortSent':
      return records.recordAbortSent(jobAt(op.job).id, null)
    case 'wakeJob':
      return records.wakeJob(jobAt(op.job).id, op.afterMs)
    case 'wakeUnawaitedJobs':
      return records.wakeUnawaitedJobs(
        op.jobs.map((index) => jobAt(index).id),
        60_000,
      )
    case 'drain':
      return on.drain()
  }
}

const markOf = async ({ records, hosts }: RecordsControls, host: number) =>
  (await records.readHost(at(hosts, host)))?.probeRequestedAt ?? null

const answeredBy = async (on: RecordsControls, op: { host: number; since: 'now' | 'look' }) =>
  op.since === 'now' ? markOf(on, op.host) : (on.markSeen.get(at(on.hosts, op.host)) ?? null)

const faultOf = (kind: ContactErrorKind) =>
  new ContactError(kind, `The contact failed: ${kind}.`, 'Look at the host.')

/** What the host's two devices look like at this reading. */
export async function inspectionFor(
  on: RecordsControls,
  op: Pick<Extract<OnRecords, { do: 'recordInspection' }>, 'host' | 'fence' | 'devices' | 'availableBytes'>,
): Promise<Inspection> {
  const hostId = at(on.hosts, op.host)
  const devices = on.jobs
    .filter((each) => each.hostId === hostId)
    .flatMap(({ deviceId }, index) => deviceIn(at(op.devices, index), deviceId, `dax${index}.0`))
  const plain = inspectionOf(hostId)
  return {
    ...plain,
    devices,
    fence: await on.fenceOf(op.fence),
    memory: { ...plain.memory, availableBytes: op.availableBytes },
  }
}

function deviceIn(form: (typeof deviceForms)[number], id: string, name: string): DaxDevice[] {
  const changes = { name, identity: { id, detail: [] } }
  switch (form) {
    case 'convertible':
      return [daxDevice(changes)]
    case 'converted':
      return [{ ...convertedDevice(), ...changes }]
    case 'half':
      return [{ ...convertedDevice([onlineBlocks(35, 37)]), ...changes }]
    case 'unbound':
      return [daxDevice({ ...changes, driver: null })]
    case 'absent':
      return []
  }
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index]
  if (item === undefined) throw new Error(`no ${index}`)
  return item
}
