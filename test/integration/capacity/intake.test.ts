import type { Pool } from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import type { Sample } from '@/agents/protocol'
import { recordReadings } from '@/server/capacity/ingest'
import type { CapacityReading } from '@/server/capacity/reading'
import { sampleOf } from '@/server/capacity/sample-of'
import { recordInspection } from '@/server/hosts/record-probe'
import { type CapacityIntake, gatherCapacity, intakeLimits } from '@/server/worker/capacity-intake'
import { convertedDevice, inspectionOf } from '../../support/inspection'
import { givenJobWorld, type JobWorld } from '../../support/job-world'

let stage: JobWorld['stage']
let newHost: JobWorld['newHost']
givenJobWorld((world) => {
  ;({ stage, newHost } = world)
  ended = false
})

let ended = false
let intake: CapacityIntake
afterEach(async () => {
  if (!ended) await intake.stop()
})
const end = async () => {
  ended = true
  await intake.stop()
}

/** An intake and what it stores, in order; `away` throws in place of the database. */
function gather(limits: Partial<typeof intakeLimits> = {}) {
  const stored: CapacityReading[] = []
  const logged: string[] = []
  const faults: Error[] = []
  const store = async (_pg: unknown, readings: CapacityReading[]) => {
    const fault = faults[0]
    if (fault !== undefined) throw fault
    stored.push(...readings)
  }
  const log = (level: string, message: string) => void logged.push(`${level}: ${message}`)
  intake = gatherCapacity({ pg: stage.pg, log }, store, { ...intakeLimits, everyMs: 10, ...limits })
  return { stored, logged, faults }
}

const withFree = (sample: Sample, freeBytes: number): Sample => ({
  ...sample,
  memory: { ...sample.memory, freeBytes: String(freeBytes) },
})
const freeOf = (stored: CapacityReading[]) => stored.map(({ freeBytes }) => Number(freeBytes))

describe('what hosts tell', () => {
  it('is stored together within a turn, each with the devices of its own host', async () => {
    const { stored } = gather()
    const [first, second] = [await newHost(), await newHost()]
    for (const { hostId, name } of [first, second]) intake.note(hostId, sampleOf(inspectionOf(name)))
    await expect.poll(() => stored.length).toBe(2)
    expect(stored.map(({ hostId, bootId }) => [hostId, bootId])).toEqual([
      [first.hostId, `boot-${first.name}`],
      [second.hostId, `boot-${second.name}`],
    ])
    expect(stored[0]?.devices).toHaveLength(1)
  })

  it('waits after a restart for the probe, and what comes later of that host waits behind it', async () => {
    const { stored } = gather()
    const { hostId, name } = await newHost()
    const other = await newHost()
    const before = inspectionOf(name)
    const after = inspectionOf(name, {
      host: { ...before.host, bootId: 'later' },
      devices: [convertedDevice()],
    })
    for (const free of [1, 2]) intake.note(hostId, withFree(sampleOf(after), free))
    intake.note(hostId, withFree(sampleOf(before), 3))
    intake.note(other.hostId, withFree(sampleOf(inspectionOf(other.name)), 9))
    await expect.poll(() => freeOf(stored)).toEqual([9])

    await recordInspection(stage, hostId, after)
    // Of the earlier boot now, and nothing will ever bring more of it: stored as what it is when the intake ends.
    await expect.poll(() => freeOf(stored)).toEqual([9, 1, 2])
    await end()
    expect(freeOf(stored)).toEqual([9, 1, 2, 3])
    expect(stored.map(({ tiers }) => tiers.pmem > 0n)).toEqual([false, true, true, false])
  })

  it('is stored with its totals when no probe comes in time', async () => {
    const { stored } = gather({ holdMs: 0 })
    const { hostId, name } = await newHost()
    intake.note(hostId, { ...sampleOf(inspectionOf(name)), bootId: 'later' })
    await expect.poll(() => stored).toMatchObject([{ bootId: 'later', devices: [], totalBytes: 2n ** 31n }])
  })

  it('is not stored when it cannot be, nor of a host that was removed, and the log says so once', async () => {
    const { stored, logged } = gather()
    const { hostId, name } = await newHost()
    const removed = await newHost()
    await stage.db.host.delete({ where: { id: removed.hostId } })
    const sample = sampleOf(inspectionOf(name))
    for (let i = 0; i < 3; i++) intake.note(hostId, withFree(sample, 2 ** 40))
    intake.note(removed.hostId, sample)
    intake.note(hostId, withFree(sample, 5))
    await expect.poll(() => freeOf(stored)).toEqual([5])
    expect(logged).toEqual(['warn: a host told figures that cannot be'])
  })

  it('is kept in order while Postgres is away, the oldest going first, and stored when it is back', async () => {
    const { stored, logged, faults } = gather({ maxSamples: 3 })
    const { hostId, name } = await newHost()
    const sample = sampleOf(inspectionOf(name))
    faults.push(new Error('Connection terminated unexpectedly'))
    for (let free = 1; free <= 5; free++) intake.note(hostId, withFree(sample, free))
    await expect.poll(() => logged).toContain('warn: capacity could not be stored')
    faults.length = 0
    await expect.poll(() => freeOf(stored)).toEqual([3, 4, 5])
    await expect.poll(() => logged).toContain('warn: samples were dropped while the database was away')
  })

  it('that Postgres refuses keeps nobody else out', async () => {
    const { stored, logged, faults } = gather()
    const { hostId, name } = await newHost()
    const sample = sampleOf(inspectionOf(name))
    await stage.pg.query('SELECT 1/0').catch((error: Error) => faults.push(error))
    expect(faults).toHaveLength(1)
    intake.note(hostId, withFree(sample, 1))
    await expect.poll(() => logged).toEqual(['error: capacity of a host could not be stored'])
    faults.length = 0
    intake.note(hostId, withFree(sample, 2))
    await expect.poll(() => freeOf(stored)).toEqual([2])
  })

  it('that Postgres refuses of one host keeps no other host out, nor later ones of its own', async () => {
    const logged: string[] = []
    const log = (level: string, message: string) => void logged.push(`${level}: ${message}`)
    const [good, bad, fine] = [await newHost(), await newHost(), await newHost()]
    const store = (pg: Pool, readings: CapacityReading[]) =>
      readings.some(({ hostId, freeBytes }) => hostId === bad.hostId && freeBytes === 666n)
        ? pg.query('SELECT 1/0').then(() => {})
        : recordReadings(pg, readings)
    intake = gatherCapacity({ pg: stage.pg, log }, store, { ...intakeLimits, everyMs: 3_600_000 })
    for (const { hostId, name } of [good, bad, fine])
      intake.note(hostId, withFree(sampleOf(inspectionOf(name)), 666))
    await end()
    const latest = await stage.db.capacityLatest.findMany({ select: { hostId: true } })
    expect(new Set(latest.map(({ hostId }) => hostId))).toEqual(new Set([good.hostId, fine.hostId]))
    expect(logged).toEqual(['error: capacity of a host could not be stored'])
  })

  it('in a form Postgres has none for is stored in the nearest it has', async () => {
    const log = () => {}
    intake = gatherCapacity({ pg: stage.pg, log }, recordReadings, { ...intakeLimits, everyMs: 3_600_000 })
    const { hostId, name } = await newHost()
    intake.note(hostId, { ...sampleOf(inspectionOf(name)), bootId: 'boot\0\ud800' })
    await end()
    const { bootId } = await stage.db.capacityLatest.findUniqueOrThrow({ where: { hostId } })
    expect(bootId).toBe('boot\ufffd\ufffd')
  })

  it('is stored to the last one when the worker ends', async () => {
    const { stored } = gather({ everyMs: 3_600_000 })
    const { hostId, name } = await newHost()
    intake.note(hostId, withFree(sampleOf(inspectionOf(name)), 1))
    await end()
    expect(freeOf(stored)).toEqual([1])
  })
})
