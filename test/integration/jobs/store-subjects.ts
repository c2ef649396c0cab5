import { randomUUID } from 'node:crypto'
import { createMemoryStore } from '@/server/jobs/memory-store'
import { createPostgresStore } from '@/server/jobs/postgres-store'
import type { JobStore, StoredJob } from '@/server/jobs/store'
import type { LeaseToken } from '@/server/leases/store'
import type { JobStage } from '../../support/jobs'

interface SeedJob {
  id: string
  hostId: string
  deviceId: string
  digest: string
  /** From the beginning on, where two people approved it. */
  approvalEndsAtMs?: number
}
export interface Seed {
  hosts: string[]
  jobs: SeedJob[]
}

type Told = Omit<StoredJob, 'epoch'> & { epoch: string | null | undefined }

/** A store with the handles of its world, and the tokens that were ever taken on it. */
export interface JobStageControls extends Seed {
  store: JobStore
  /** Takes a host's lease; true when it was free. */
  take(hostId: string, ttlMs: number): Promise<boolean>
  /** The token taken `age` times before the last; one that never was when there is none. */
  token(hostId: string, age: number): LeaseToken
  elapse(ms: number): Promise<void>
  /** Null: the stop cannot be read. */
  setStop(pulled: boolean | null): Promise<void>
  /** All jobs and quarantined hosts, epochs named by the order in which they were taken. */
  read(): Promise<{ jobs: (Told | null)[]; quarantined: string[] }>
}

/** Two hosts with two devices each, and a queued job for every device. */
export function newSeed(): Seed {
  const hosts = [randomUUID(), randomUUID()]
  const jobs = hosts.flatMap((hostId) =>
    [0, 1].map((device) => ({
      ...{ id: randomUUID(), hostId, deviceId: randomUUID(), digest: 'a'.repeat(64) },
      // Time moves by 25 s: neither store is asked at the very moment it ends.
      ...(device === 1 ? { approvalEndsAtMs: 60_000 } : {}),
    })),
  )
  return { hosts, jobs }
}

export function memorySubject(seed: Seed): JobStageControls {
  const store = createMemoryStore()
  for (const job of seed.jobs) store.addJob(job)
  return {
    ...seed,
    ...withTokens(seed, store, async () => [...store.quarantinedHosts]),
    async elapse(ms) {
      store.nowMs += ms
    },
    async setStop(pulled) {
      store.fleetStopPulled = pulled
    },
  }
}

export async function postgresSubject(stage: JobStage, seed: Seed): Promise<JobStageControls> {
  const { pg, db } = stage
  await pg.query('TRUNCATE "Host" CASCADE')
  await pg.query(
    'INSERT INTO "FleetStop" (singleton) VALUES (true) ON CONFLICT (singleton) DO UPDATE SET pulled = false',
  )
  await seedRows(stage, seed)
  const quarantined = async () =>
    (await db.host.findMany({ where: { state: 'quarantined' }, select: { id: true } })).map((row) => row.id)
  return {
    ...seed,
    ...withTokens(seed, createPostgresStore(pg), quarantined),
    // The database's clock cannot be turned; every time it wrote down can.
    async elapse(ms) {
      const by = `$1::float8 * interval '1 millisecond'`
      await pg.query(`UPDATE "HostLease" SET "expiresAt" = "expiresAt" - ${by}`, [ms])
      await pg.query(
        `UPDATE "Job" SET "runAfter" = "runAfter" - ${by}, "unknownSince" = "unknownSince" - ${by},
           "approvalEndsAt" = "approvalEndsAt" - ${by}`,
        [ms],
      )
    },
    async setStop(pulled) {
      await pg.query('DELETE FROM "FleetStop"')
      if (pulled !== null)
        await pg.query('INSERT INTO "FleetStop" (singleton, pulled) VALUES (true, $1)', [pulled])
    },
  }
}

async function seedRows({ db }: JobStage, seed: Seed): Promise<void> {
  await db.host.createMany({
    data: seed.hosts.map((id) => ({ id, name: id, address: id, username: 'root', state: 'ready' as const })),
  })
  const none = {
    onlineBytes: 0n,
    onlineBlocks: 0,
    totalBlocks: 0,
    lostBytes: 0n,
    memmapBytes: 0n,
    blocks: [],
    detail: {},
  }
  const device = { daxName: 'dax0.0', kind: 'pmem', mode: 'devdax', sizeBytes: 1n, usableBytes: 1n, ...none }
  for (const [order, job] of seed.jobs.entries()) {
    const { id, hostId, deviceId, digest, approvalEndsAtMs: endsMs } = job
    await db.device.create({
      data: { ...device, id: deviceId, hostId, identity: deviceId, state: 'convertible' },
    })
    const plan = await db.plan.create({ data: { hostId, deviceId, zone: 'movable' } })
    await db.job.create({
      data: {
        id,
        hostId,
        deviceId,
        digest,
        planId: plan.id,
        zone: 'movable',
        approvedBy: 'ada',
        predictedBytes: 1n,
        approvalEndsAt: endsMs === undefined ? null : new Date(Date.now() + endsMs),
        createdAt: new Date(1_800_000_000_000 + order),
      },
    })
  }
}

export function withTokens(seed: Seed, store: JobStore, quarantined: () => Promise<string[]>) {
  const taken = new Map<string, LeaseToken[]>()
  const names = new Map<bigint, string>()
  return {
    store,
    async take(hostId: string, ttlMs: number) {
      const holder = `worker ${names.size % 2}`
      const epoch = await store.takeLease(hostId, holder, ttlMs)
      if (epoch === null) return false
      names.set(epoch, `epoch ${names.size}`)
      taken.set(hostId, [...(taken.get(hostId) ?? []), { holder, epoch }])
      return true
    },
    token: (hostId: string, age: number) =>
      (taken.get(hostId) ?? []).at(-1 - age) ?? { holder: 'nobody', epoch: 9_000_000_000n },
    async read() {
      const jobs = await Promise.all(seed.jobs.map((job) => store.readJob(job.id)))
      const told = (job: StoredJob | null): Told | null =>
        job && { ...job, epoch: job.epoch === null ? null : names.get(job.epoch) }
      return { jobs: jobs.map(told), quarantined: (await quarantined()).toSorted() }
    },
  }
}
