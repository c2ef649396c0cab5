import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordReadings } from '@/server/capacity/ingest'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { addHosts, aReading } from '@/test/support/capacity'

const GIB = 1n << 30n
const SILENT_MS = 90_000

let stage: TestStage
let hostIds: string[]
beforeAll(async () => {
  stage = await createTestStage()
  hostIds = await addHosts(stage.pg, 3)
})
afterAll(() => stage.close())

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000)

async function spansOf(hostId: string) {
  return stage.db.capacitySpan.findMany({ where: { hostId }, orderBy: { from: 'asc' } })
}

describe('recording readings', () => {
  it('keeps each reading, the latest of the host, and one span while nothing changes', async () => {
    const [hostId = ''] = hostIds
    const readings = [120, 90, 60].map((seconds) => aReading({ hostId, at: ago(seconds) }))
    await recordReadings(stage.pg, readings, SILENT_MS)
    expect(await stage.db.capacityHead.count({ where: { hostId } })).toBe(3)
    const latest = await stage.db.capacityLatest.findUniqueOrThrow({ where: { hostId } })
    expect(latest.at).toEqual(readings[2]?.at)
    expect(latest.dramKib).toBe(64n * 1024n * 1024n)
    expect(await spansOf(hostId)).toMatchObject([{ from: readings[0]?.at, until: null, pmemKib: 0n }])
  })

  it('begins a span at a change, and after silence, which ended the one before', async () => {
    const [, hostId = ''] = hostIds
    const times = [600, 570, 300].map(ago)
    const [first = ago(0), changed = ago(0), back = ago(0)] = times
    await recordReadings(stage.pg, [aReading({ hostId, at: first })], SILENT_MS)
    await recordReadings(stage.pg, [aReading({ hostId, at: changed }, GIB)], SILENT_MS)
    await recordReadings(stage.pg, [aReading({ hostId, at: back }, GIB)], SILENT_MS)
    expect(await spansOf(hostId)).toMatchObject([
      { from: first, until: changed, pmemKib: 0n },
      { from: changed, until: new Date(changed.getTime() + SILENT_MS), pmemKib: 1024n * 1024n },
      { from: back, until: null, pmemKib: 1024n * 1024n },
    ])
  })

  it('drops what belongs to no host, and what cannot be', async () => {
    const [, , hostId = ''] = hostIds
    const impossible = aReading({ hostId, at: ago(10) }, GIB)
    await recordReadings(stage.pg, [
      aReading({ hostId: randomUUID(), at: ago(10) }),
      { ...impossible, totalBytes: GIB / 2n },
      aReading({ hostId, at: ago(-3600) }),
      aReading({ hostId, at: ago(15 * 86_400) }),
    ])
    expect(await stage.db.capacityLatest.count({ where: { hostId } })).toBe(0)
  })

  it('goes with its host', async () => {
    const [hostId = ''] = hostIds
    await stage.db.host.delete({ where: { id: hostId } })
    expect(await stage.db.capacityHead.count({ where: { hostId } })).toBe(0)
    expect(await spansOf(hostId)).toEqual([])
  })
})
