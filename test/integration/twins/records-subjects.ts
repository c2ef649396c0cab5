import type { Inspection } from '@/agents/protocol'
import { requestFencingProbe } from '@/server/hosts/request-probe'
import { storableJson } from '@/server/hosts/untrusted'
import { createPostgresRecords } from '@/server/worker/postgres-records'
import { installation, SimulatedDatabase } from '../../sim/database'
import { type JobStage, planResult } from '../../support/jobs'
import { type JobStageControls, postgresSubject, type Seed, withTokens } from '../jobs/store-subjects'
import { QuietWorld } from './quiet-world'
import { type FenceFound, inspectionFor, type RecordsControls } from './records-operations'

const ofStranger = 'somebody-else'

/** The simulation's database. */
export async function simulatedRecords(seed: Seed): Promise<RecordsControls> {
  const world = new QuietWorld()
  const database = new SimulatedDatabase(world)
  const { store, queue } = database
  for (const hostId of seed.hosts) database.addHost(hostId)
  for (const job of seed.jobs) {
    const { hostId, deviceId, digest, approvalEndsAtMs: endsMs } = job
    const planId = `plan of ${job.id}`
    const { item } = planResult(hostId)
    database.plans.set(planId, { planId, hostId, deviceId, deviceIndex: 0, item, digest })
    database.planOfJob.set(job.id, planId)
    store.addJob({ ...job, ...(endsMs === undefined ? {} : { approvalEndsAtMs: world.nowMs + endsMs }) })
  }
  const quarantined = async () =>
    [...database.hosts.values()].filter(({ state }) => state === 'quarantined').map(({ hostId }) => hostId)
  const tokens = withTokens(seed, store, quarantined)
  const subject: RecordsControls = {
    ...seed,
    ...tokens,
    records: database.records,
    async elapse(ms) {
      world.nowMs += ms
    },
    async setStop(pulled) {
      store.fleetStopPulled = pulled
    },
    requestFencingProbe: async (hostId) => database.requestFencingProbe(hostId),
    async tick() {
      world.nowMs += 1
    },
    markSeen: new Map(),
    fenceOf: async (found) => fenceOf(found, installation, store.lastEpoch()),
    drain: () => world.runDue(),
    readRecords: async () => ({
      ...(await readThrough(subject)),
      hosts: seed.hosts.map((hostId) => {
        const { probeRequestedMs, memTotalBytes, memAvailableBytes, devices } = database.hostRow(hostId)
        const told = [...devices].map(([identity, { state, driver, blocks, onlineBytes }]) => ({
          ...{ identity, state, driver, blocks, onlineBytes },
        }))
        return {
          ...{ isProbeAsked: probeRequestedMs !== null, memTotalBytes, memAvailableBytes },
          devices: told.toSorted((a, b) => a.identity.localeCompare(b.identity)),
        }
      }),
      messages: keysOf(seed).filter((key) => queue.isCovered(key, 60_000)),
    }),
  }
  await begin(subject)
  return subject
}

/** The worker's records, in the rows of a real database. */
export async function postgresRecords(stage: JobStage, seed: Seed): Promise<RecordsControls> {
  const { db, pg } = stage
  await pg.query('DELETE FROM graphile_worker._private_jobs')
  const ofStore: JobStageControls = await postgresSubject(stage, seed)
  for (const { id, hostId } of seed.jobs) {
    const { planId } = await db.job.findUniqueOrThrow({ where: { id }, select: { planId: true } })
    await db.plan.update({
      where: { id: planId },
      data: { state: 'ready', result: storableJson(planResult(hostId)) },
    })
  }
  const subject: RecordsControls = {
    ...ofStore,
    records: createPostgresRecords(stage),
    requestFencingProbe: (hostId) => db.$transaction((tx) => requestFencingProbe(tx, hostId)),
    async tick() {
      const beganMs = Date.now()
      while (Date.now() === beganMs) await new Promise((resolve) => setImmediate(resolve))
    },
    markSeen: new Map(),
    async fenceOf(found) {
      const { rows } = await pg.query<{ id: string; last: string }>(
        `SELECT id, CASE WHEN is_called THEN last_value ELSE 0 END::text AS last FROM "Installation", fencing_epoch`,
      )
      return fenceOf(found, rows[0]?.id ?? '', BigInt(rows[0]?.last ?? 0))
    },
    async drain() {
      await pg.query('DELETE FROM graphile_worker._private_jobs')
    },
    async readRecords() {
      const rows = await db.host.findMany({
        include: { devices: { where: { state: { not: 'gone' } }, orderBy: { identity: 'asc' } } },
      })
      const { rows: waiting } = await pg.query<{ key: string }>('SELECT key FROM graphile_worker.jobs')
      const keys = new Set(waiting.map(({ key }) => key))
      return {
        ...(await readThrough(subject)),
        hosts: seed.hosts.map((hostId) => {
          const host = rows.find(({ id }) => id === hostId)
          if (host === undefined) throw new Error(`No host ${hostId}.`)
          const { probeRequestedAt, memTotalBytes, memAvailableBytes, devices } = host
          return {
            ...{ isProbeAsked: probeRequestedAt !== null, memTotalBytes, memAvailableBytes },
            devices: devices.map(({ identity, state, driver, totalBlocks, onlineBytes }) => ({
              ...{ identity, state, driver, blocks: totalBlocks, onlineBytes },
            })),
          }
        }),
        messages: keysOf(seed).filter((key) => keys.has(key)),
      }
    },
  }
  await begin(subject)
  return subject
}

/** Every host is read once, as when it was added. */
async function begin(subject: RecordsControls): Promise<void> {
  const plain = { fence: 'none', devices: ['convertible', 'convertible'], availableBytes: '0' } as const
  for (const [host, hostId] of subject.hosts.entries()) {
    const inspection = await inspectionFor(subject, { ...plain, host, devices: [...plain.devices] })
    await subject.records.recordInspection(hostId, inspection, { fenced: false })
  }
}

/** What the port itself tells. Times are told by whether they are to come. */
async function readThrough({ records, hosts, jobs }: RecordsControls) {
  return {
    facts: await Promise.all(
      hosts.map(async (hostId) => {
        const { probeRequestedAt, ...facts } = (await records.readHost(hostId)) ?? {}
        return facts
      }),
    ),
    waiting: await Promise.all(
      hosts.map(async (hostId) =>
        (await records.listWaiting(hostId)).map(({ dueInMs, ...job }) => ({ ...job, isDue: dueInMs <= 0 })),
      ),
    ),
    journals: await Promise.all(
      jobs.map(async ({ id }) => {
        const { lines, offset } = await records.readJournal(id)
        return { numbers: lines.map(({ n }) => n), offset }
      }),
    ),
    loaded: await Promise.all(
      jobs.map(async ({ id }) => {
        const { installationId, ...job } = await records.loadJob(id)
        return { ...job, isOfThisInstallation: installationId === (await records.installationId()) }
      }),
    ),
  }
}

const keysOf = ({ hosts, jobs }: Seed) => [
  ...hosts.map((id) => `probe-host:${id}`),
  ...jobs.map(({ id }) => `run-job:${id}`),
]

function fenceOf(found: FenceFound, ours: string, last: bigint): Inspection['fence'] {
  switch (found) {
    case 'none':
      return null
    case 'last':
      return { installationId: ours, epoch: String(last) }
    case 'beyond':
      return { installationId: ours, epoch: String(last + 1n) }
    case 'stranger':
      return { installationId: ofStranger, epoch: '1' }
    case 'unreadable':
      return 'unreadable'
  }
}
