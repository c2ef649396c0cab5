import type {
  ConvertItem,
  JournalLine,
  PlanResult,
  RestoreItem,
  RestoreQuestion,
  Zone,
} from '@/agents/protocol'
import { recordInspection } from '@/server/hosts/record-probe'
import { startJob } from '@/server/jobs/start-job'
import { createDb } from '@/server/lib/db'
import { createPool } from '@/server/lib/pg'
import type { ServiceContext } from '@/server/lib/service-context'
import { digestOf } from '@/server/plans/digest'
import { recordPlan } from '@/server/plans/record-plan'
import { requestPlan } from '@/server/plans/request-plan'
import { getPlan } from '@/server/plans/view'
import { createTestDatabase } from './database'
import { firstHealthPolicy } from './health-policy'
import { convertedDevice, daxDevice, inspectionOf } from './inspection'

/** A migrated database of the test's own, and what services and the worker are given. */
export interface JobStage extends ServiceContext {
  url: string
  /** Closes every connection and drops the database; fails when one was leaked. */
  close(): Promise<void>
}

export async function createJobStage(): Promise<JobStage> {
  const database = await createTestDatabase()
  const db = createDb(database.url, 5)
  const pg = createPool(database.url, 8)
  return {
    db,
    pg,
    url: database.url,
    actor: { kind: 'user', id: 'ada@example.test' },
    async close() {
      await pg.end()
      await db.$disconnect()
      await database.drop()
    },
  }
}

export interface ReadyHost {
  hostId: string
  deviceId: string
  name: string
}

/** A host with one convertible device, as after its first probe. */
export async function addReadyHost(stage: JobStage, name: string): Promise<ReadyHost> {
  const { id: hostId } = await stage.db.host.create({
    data: { name, address: `${name}.test`, username: 'root' },
  })
  await recordInspection(stage, hostId, inspectionOf(name))
  const device = await stage.db.device.findFirstOrThrow({ where: { hostId } })
  return { hostId, deviceId: device.id, name }
}

/** What an agent on that host would plan for its device. */
function planItem(name: string, zone: Zone = 'movable'): ConvertItem {
  const device = daxDevice()
  const inspection = inspectionOf(name)
  return {
    version: 1,
    kind: 'convert',
    invariants: {
      machineId: inspection.host.machineId,
      dmiUuid: inspection.host.dmiUuid,
      bootId: inspection.host.bootId,
      deviceId: device.identity.id,
      deviceKind: device.kind,
      ranges: device.ranges,
      blockSizeBytes: inspection.blockSizeBytes,
      targetNode: 1,
      zone,
    },
    preconditions: {
      daxName: device.name,
      driver: device.driver,
      autoOnlinePolicy: 'offline',
      kmem: 'loaded',
      plannedBlocksOnline: [],
      hooks: [],
    },
    prediction: device.prediction,
    health: { policy: firstHealthPolicy, found: [] },
    writes: [{ step: 'unbind', path: '/sys/bus/dax/drivers/device_dax/unbind', value: device.name }],
    recovery: [],
  }
}

export function planResult(
  name: string,
  zone: Zone = 'movable',
): PlanResult & { item: ConvertItem; digest: string } {
  const item = planItem(name, zone)
  return {
    item,
    digest: digestOf(item),
    verdict: 'convertible',
    refusals: [],
    hazards: [],
    reversible: { yes: true, why: 'Until a block is online.' },
  }
}

/** What an agent on a host whose device is system RAM would plan for giving it back. */
export function restoreResult(
  name: string,
  { floorBytes, onPartial }: Pick<RestoreQuestion, 'floorBytes' | 'onPartial'>,
): PlanResult & { item: RestoreItem; digest: string } {
  const { prediction, invariants, ...convert } = planItem(name)
  const { zone: _zone, ...device } = invariants
  const lossBytes = prediction.usableBytes
  const item: RestoreItem = {
    version: convert.version,
    kind: 'restore',
    invariants: device,
    preconditions: {
      daxName: convert.preconditions.daxName,
      driver: 'kmem',
      blocks: [{ first: 35, last: 41, state: 'online', zones: 'Movable' }],
      hooks: [],
    },
    prediction,
    lossBytes,
    policy: { floorBytes, onPartial, offlineSeconds: 60, kernelZone: 'refuse' },
    writes: [{ step: 'unbind', path: '/sys/bus/dax/drivers/kmem/unbind', value: 'dax0.0' }],
    recovery: [],
  }
  return {
    item,
    digest: digestOf(item),
    verdict: 'restorable',
    refusals: [],
    hazards: [{ code: 'memory_shrinks', message: 'The host loses this memory.' }],
    reversible: { yes: true, why: 'It can be converted again.' },
    restore: {
      availableBytes: String(1500n * 1024n ** 2n),
      availableAfterBytes: String(1500n * 1024n ** 2n - BigInt(lossBytes)),
      memmapReturnedBytes: prediction.memmapBytes,
      nodeUsedBytes: '4096',
      holders: [
        {
          pid: 4711,
          name: 'redis-server',
          onNodeBytes: '4096',
          lockedBytes: '4096',
          pinnedBytes: '0',
          hugeBytes: '0',
        },
      ],
    },
  }
}

/** A host whose one device was converted, as after its next probe; by default with room to give it back. */
export async function addConvertedHost(
  stage: JobStage,
  name: string,
  availableBytes = 1500n * 1024n ** 2n,
): Promise<ReadyHost> {
  const host = await addReadyHost(stage, name)
  const { memory } = inspectionOf(name)
  await recordInspection(
    stage,
    host.hostId,
    inspectionOf(name, {
      devices: [convertedDevice()],
      memory: { ...memory, availableBytes: String(availableBytes) },
    }),
  )
  return host
}

/** A plan that was asked for and answered; its id. */
export async function addReadyPlan(
  stage: JobStage,
  host: ReadyHost,
  zone: Zone = 'movable',
): Promise<string> {
  const asked = await requestPlan(stage, { deviceId: host.deviceId, zone })
  if (asked.type !== 'requested') throw new Error(asked.message)
  await recordPlan(stage, asked.planId, planResult(host.name, zone))
  return asked.planId
}

/** A job approved by somebody who read the plan and typed the phrase; its id. */
export async function addJob(stage: JobStage, host: ReadyHost): Promise<string> {
  const plan = await getPlan(stage, await addReadyPlan(stage, host))
  const started = await startJob(stage, { planId: plan.id, digest: plan.digest ?? '', phrase: plan.phrase })
  if (started.type !== 'started') throw new Error(`${started.message} ${started.next}`)
  return started.jobId
}

/** Whether the lines given to a store's appendLines hold the one of this number: lines are stored in batches. */
export function holdsLine(lines: unknown, number: number): boolean {
  return (lines as JournalLine[]).some(({ n }) => n === number)
}
