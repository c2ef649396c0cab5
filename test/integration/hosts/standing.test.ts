import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordInspection } from '@/server/hosts/record-probe'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { addHost } from '@/test/support/fleet'
import { convertedDevice, daxDevice, inspectionOf, onlineBlocks } from '@/test/support/inspection'

const whole = inspectionOf('whole', { devices: [convertedDevice()] })
/** One block taken offline by hand: the kernel lists it still. */
const holed = inspectionOf('holed', {
  devices: [
    convertedDevice([
      onlineBlocks(35, 35),
      { first: 36, last: 36, state: 'offline', zones: 'Movable Normal', node: 1 },
      onlineBlocks(37, 41),
    ]),
    daxDevice({ name: 'dax1.0', identity: { id: 'pmem:other', detail: [] }, driver: null }),
  ],
})

let stage: TestStage
let hostId: string
beforeAll(async () => {
  stage = await createTestStage()
  await recordInspection(stage, await addHost(stage, 'whole'), whole)
  hostId = await addHost(stage, 'holed')
  await recordInspection(stage, hostId, holed)
})
afterAll(() => stage.close())

const names = async (query: string) =>
  (await stage.caller.hosts.list({ query })).hosts.map(({ name }) => name)

describe('a host with a block of a converted device offline', () => {
  it('needs attention in the list, on its page, in the filter and in the counts alike', async () => {
    const expected = {
      standing: 'needs_attention',
      trouble: { daxName: 'dax0.0', state: 'partial', onlineBlocks: 6, totalBlocks: 7, otherDevices: 1 },
    }
    const { hosts } = await stage.caller.hosts.list({ query: 'holed' })
    expect(hosts).toMatchObject([expected])
    expect(await stage.caller.hosts.get({ hostId })).toMatchObject(expected)
    expect(await names('state:needs_attention')).toEqual(['holed'])
    expect(await names('state:ready')).toEqual(['whole'])
    expect(await names('state!=needs_attention')).toEqual(['whole'])
    expect(await stage.caller.hosts.summary()).toMatchObject({
      hostsByStanding: { ready: 1, needs_attention: 1 },
    })
  })

  it('is told apart when sorted by state', async () => {
    const { hosts } = await stage.caller.hosts.list({ sort: 'state', direction: 'desc' })
    expect(hosts.map(({ standing }) => standing)).toEqual(['ready', 'needs_attention'])
  })

  it('is called by what is worse while it cannot be reached', async () => {
    await stage.db.host.update({ where: { id: hostId }, data: { state: 'unreachable' } })
    expect(await stage.caller.hosts.get({ hostId })).toMatchObject({ standing: 'unreachable', trouble: null })
    await stage.db.host.update({ where: { id: hostId }, data: { state: 'ready' } })
  })

  it('is ready again once the kernel shows every block online', async () => {
    await recordInspection(stage, hostId, inspectionOf('holed', { devices: [convertedDevice()] }))
    expect(await stage.caller.hosts.get({ hostId })).toMatchObject({ standing: 'ready', trouble: null })
  })
})
