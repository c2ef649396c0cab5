import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestStage, type TestStage } from '@/test/support/caller'

let stage: TestStage
const ids: string[] = []
beforeAll(async () => {
  stage = await createTestStage()
  for (const [index, rack] of ['r1', 'r1', 'r2'].entries()) {
    const id = randomUUID()
    ids.push(id)
    const name = `db-${index + 1}`
    await stage.db.host.create({
      data: { id, name, address: name, username: 'root', labels: { rack, keep: 'me' } },
    })
  }
})
afterAll(() => stage.close())

const labels = async () =>
  (await stage.db.host.findMany({ orderBy: { name: 'asc' } })).map((host) => host.labels)
const all = { type: 'query', query: '' } as const

describe('labels of many hosts', () => {
  it('are counted first, and nothing is changed', async () => {
    const ask = { targets: all, key: 'rack', value: 'r1', expected: null }
    expect(await stage.caller.hosts.label(ask)).toEqual({ type: 'counted', hosts: 3, changed: 1 })
    expect(await labels()).toMatchObject([{ rack: 'r1' }, { rack: 'r1' }, { rack: 'r2' }])
  })

  it('are set on all that match a filter, as the server finds them, and audited where they change', async () => {
    const targets = { type: 'query', query: 'label:rack=r1' } as const
    const answer = await stage.caller.hosts.label({ targets, key: 'site', value: "o'b%", expected: 2 })
    expect(answer).toEqual({ type: 'changed', hosts: 2, changed: 2 })
    expect(await labels()).toEqual([
      { rack: 'r1', keep: 'me', site: "o'b%" },
      { rack: 'r1', keep: 'me', site: "o'b%" },
      { rack: 'r2', keep: 'me' },
    ])
    const audited = await stage.db.auditEntry.findMany({
      where: { action: 'host.labelled' },
      orderBy: { id: 'asc' },
    })
    expect(audited.map(({ actorId, detail }) => ({ actorId, detail }))).toEqual(
      expect.arrayContaining([
        { actorId: 'ada@example.test', detail: { name: 'db-1', label: 'site', from: null, to: "o'b%" } },
      ]),
    )
    expect(audited).toHaveLength(2)
  })

  it('are removed from those that are named', async () => {
    const targets = { type: 'hosts' as const, hostIds: ids.slice(1) }
    expect(await stage.caller.hosts.label({ targets, key: 'site', value: null, expected: 2 })).toEqual({
      type: 'changed',
      hosts: 2,
      changed: 1,
    })
    expect((await labels()).map((each) => Object.keys(each as object).includes('site'))).toEqual([
      true,
      false,
      false,
    ])
  })

  it('stay as they are once other hosts are meant than were told', async () => {
    const before = await labels()
    const answer = await stage.caller.hosts.label({ targets: all, key: 'x', value: 'y', expected: 2 })
    expect(answer).toMatchObject({ type: 'refused', message: expect.stringContaining('Nothing was changed') })
    expect(await labels()).toEqual(before)
  })

  it('take a filter that can be read, and a key that is one', async () => {
    const odd = { targets: { type: 'query', query: 'state:odd' } as const, key: 'x', value: 'y', expected: 1 }
    expect(await stage.caller.hosts.label(odd)).toMatchObject({ type: 'refused' })
    await expect(
      stage.caller.hosts.label({ targets: all, key: '1', value: 'y', expected: 3 }),
    ).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  })
})
