import { randomUUID } from 'node:crypto'
import type { Inspection } from '@/agents/protocol'
import type { JobStore } from '@/server/jobs/store'
import { splitIntoWaves } from '@/server/rollouts/machine/waves'
import type { Policy } from '@/server/rollouts/policy'
import { ContactError } from '@/server/ssh/target'
import type { WorkerRecords } from '@/server/worker/records'
import { convertedDevice, daxDevice, inspectionOf } from '../../support/inspection'
import { planResult } from '../../support/jobs'
import { easyPolicy } from '../../support/rollouts'
import { hostOfDevice, type JobEnding, type RolloutControls } from './rollout-operations'

interface SeedDevice {
  hostId: string
  /** Of the device on its host; plan, item and approval bear one id each. */
  identity: string
  planId: string
  digest: string
  result: ReturnType<typeof planResult>
}
export interface RolloutSeed {
  hosts: string[]
  devices: SeedDevice[]
  policy: Policy
}

const limit = (count: number | null) => ({
  hosts: { count, percent: null },
  devices: { count: null, percent: null },
})

/** Three hosts, the first with two devices, in a canary and one wave after it. */
export function newRolloutSeed(failuresAllowed: number | null): RolloutSeed {
  const hosts = [randomUUID(), randomUUID(), randomUUID()]
  const devices = hostOfDevice.map((host, index) => {
    const hostId = hosts[host] ?? ''
    return {
      ...{ hostId, identity: `pmem:${hostId}:${index}`, planId: randomUUID() },
      ...digested(planResult(hostId)),
    }
  })
  const policy: Policy = {
    ...easyPolicy,
    ...{ maxInFlightHosts: 1, soakSeconds: 60, perHostDeadlineSeconds: 1800, retries: 1 },
    failures: { perWave: limit(null), inAll: limit(failuresAllowed) },
  }
  return { hosts, devices, policy }
}

const digested = (result: SeedDevice['result']) => ({ result, digest: result.digest })

/** In which wave each host goes. */
export function wavesOf({ hosts, policy }: RolloutSeed): ReadonlyMap<string, number> {
  const waves = splitIntoWaves(
    hosts.map((hostId) => ({ hostId, group: null })),
    policy,
  )
  return new Map(waves.flatMap((wave, at) => wave.map((hostId) => [hostId, at] as const)))
}

export interface JobOfDevice {
  jobId: string
  hostId: string
  digest: string
}

/** What both sides do alike, on their own store and records. */
export function controlsOver(
  seed: RolloutSeed,
  {
    store,
    records,
    jobOf,
  }: {
    store: JobStore
    records: WorkerRecords
    /** The latest job of a device; null while it has none. */
    jobOf(device: SeedDevice): Promise<string | null>
  },
): Pick<RolloutControls, 'endJob' | 'loseJob' | 'inspect' | 'loseContact'> {
  const onJobOf = async (index: number, work: (job: JobOfDevice) => Promise<unknown>) => {
    const device = seed.devices[index]
    if (device === undefined) throw new Error(`no device ${index}`)
    const jobId = await jobOf(device)
    return jobId === null ? 'no job' : work({ jobId, hostId: device.hostId, digest: device.digest })
  }
  const markOf = async (hostId: string) => (await records.readHost(hostId))?.probeRequestedAt ?? null
  return {
    endJob: (index, ending, afterGo) => onJobOf(index, (job) => endJob(store, job, ending, afterGo)),
    loseJob: (index) =>
      onJobOf(index, (job) =>
        underLease(store, job.hostId, async (token) => [
          await reachGo(store, job, token),
          await store.markUnknown(job.jobId, token, 'gone'),
        ]),
      ),
    inspect: async (index, fenced, converted) => {
      const hostId = seed.hosts[index] ?? ''
      const inspection = inspectionOfHost(seed, hostId, converted)
      return records.recordInspection(hostId, inspection, { fenced, answers: await markOf(hostId) })
    },
    loseContact: async (index) => {
      const hostId = seed.hosts[index] ?? ''
      const error = new ContactError('unreachable', 'It does not answer.', 'Look at it.')
      return records.recordContactError(hostId, error, await markOf(hostId))
    },
  }
}

type Token = { holder: string; epoch: bigint }

async function endJob(
  store: JobStore,
  job: JobOfDevice,
  { state, cause }: JobEnding,
  afterGo: boolean,
): Promise<unknown> {
  return underLease(store, job.hostId, async (token) => [
    afterGo ? await reachGo(store, job, token) : await store.claimJob(job.jobId, token),
    await store.endJob(job.jobId, token, { state, message: 'ended', next: '', causeCode: cause }),
  ])
}

/** As far as it gets: from the queue to its go, or with an unknown one back to acting. */
async function reachGo(store: JobStore, { jobId, digest }: JobOfDevice, token: Token): Promise<unknown> {
  return [
    await store.claimJob(jobId, token),
    await store.takeOver(jobId, token),
    await store.advance(jobId, token, 'acting'),
    await store.advance(jobId, token, 'preflight'),
    await store.recheckForGo(jobId, token, digest),
  ]
}

/** What is not ended under the lease is nobody's after it. */
async function underLease(
  store: JobStore,
  hostId: string,
  work: (token: Token) => Promise<unknown>,
): Promise<unknown> {
  const epoch = await store.takeLease(hostId, 'worker', 60_000)
  if (epoch === null) throw new Error('Somebody kept the lease.')
  const token = { holder: 'worker', epoch }
  const answer = await work(token)
  const isReleased = await store.releaseLease(hostId, token)
  const orphans = (await store.releaseOrphans()).map(({ state }) => state)
  return { answer, isReleased, orphans }
}

export function inspectionOfHost(seed: RolloutSeed, hostId: string, converted: boolean): Inspection {
  const own = seed.devices.filter((device) => device.hostId === hostId)
  const devices = own.map(({ identity }, index) => ({
    ...(converted ? convertedDevice() : daxDevice()),
    ...{ name: `dax${index}.0`, identity: { id: identity, detail: [] } },
  }))
  return inspectionOf(hostId, { devices })
}
