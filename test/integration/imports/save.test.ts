import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadTarget } from '@/server/hosts/load-target'
import type { ImportPreview } from '@/server/imports/schema'
import { createTestStage, type TestStage } from '@/test/support/caller'
import { strangerKey } from '@/test/support/sshd'

let stage: TestStage
let credentialId: string
beforeAll(async () => {
  stage = await createTestStage()
  const added = await stage.caller.credentials.add({ name: 'fleet', privateKey: await strangerKey() })
  if (added.type !== 'added') throw new Error(added.message)
  credentialId = added.credential.id
})
afterAll(() => stage.close())

const asked = (text: string, name = 'hosts.txt') => ({
  sources: [{ name, text }],
  defaultUsername: 'root',
})

async function preview(text: string, name?: string): Promise<Extract<ImportPreview, { type: 'read' }>> {
  const answer = await stage.caller.imports.preview(asked(text, name))
  if (answer.type !== 'read') throw new Error(answer.message)
  return answer
}

const count = async (like: string) => stage.db.host.count({ where: { name: { startsWith: like } } })

describe('an import', () => {
  it('saves what was new, asks for a probe of each, and leaves the rest out', async () => {
    const text =
      'name,address,rack,label:role\none-1,10.0.0.1,r1,db\none-2,10.0.0.2,r1,\none-3,10 0 0 3,r1,db\n'
    const { rows, digest, notices } = await preview(text, 'fleet.csv')
    expect(rows.map(({ line, verdict }) => [line, verdict])).toEqual([
      [2, 'new'],
      [3, 'new'],
      [4, 'invalid'],
    ])
    expect(notices[0]?.message).toContain('passed over: rack.')
    const saved = await stage.caller.imports.save({ ...asked(text, 'fleet.csv'), credentialId, digest })
    expect(saved).toMatchObject({ type: 'added', hostIds: [expect.any(String), expect.any(String)] })
    const host = await stage.db.host.findUniqueOrThrow({ where: { name: 'one-1' } })
    expect(host).toMatchObject({ labels: { role: 'db' }, credentialId, probeRequestedAt: expect.any(Date) })
    expect(await stage.db.auditEntry.count({ where: { action: 'host.added' } })).toBe(2)
    expect((await preview(text, 'fleet.csv')).rows.map(({ verdict }) => verdict)).toEqual([
      'duplicate',
      'duplicate',
      'invalid',
    ])
  })

  it('saves nothing once its verdicts are no longer those that were looked at', async () => {
    const text = 'two-1 10.0.1.1\ntwo-2 10.0.1.2'
    const { digest } = await preview(text)
    await stage.caller.hosts.add({
      credentialId,
      hosts: [{ name: 'other', address: '10.0.1.2', port: 22, username: 'root', labels: {} }],
    })
    expect(await stage.caller.imports.save({ ...asked(text), credentialId, digest })).toMatchObject({
      type: 'refused',
      message: expect.stringContaining('Nothing was saved'),
    })
    expect(await count('two-')).toBe(0)
  })

  it('is saved once by two people at the same moment', async () => {
    const text = Array.from({ length: 200 }, (_, at) => `race-${at} 10.9.0.${at}`).join('\n')
    const { digest } = await preview(text)
    const save = () => stage.caller.imports.save({ ...asked(text), credentialId, digest })
    const answers = await Promise.all([save(), save(), save()])
    expect(answers.map(({ type }) => type).toSorted()).toEqual(['added', 'refused', 'refused'])
    expect(await count('race-')).toBe(200)
  })

  it('finds jump hosts in the fleet and among its own hosts, and saves none whose way is unknown', async () => {
    const text = `Host gate
  HostName gate.example
Host deep
  ProxyJump one-1,gate
Host behind
  ProxyJump ops@GATE.example:2200
Host far
  ProxyJump behind
Host lost
  ProxyJump nowhere
Host round-a
  ProxyJump round-b
Host round-b
  ProxyJump round-a`
    const { rows, digest } = await preview(text, 'config')
    expect(rows.map(({ host, jumpHost, reason }) => [host?.name ?? reason, jumpHost])).toEqual([
      ['gate', null],
      ['It is reached through one-1 and gate, but gate is not said to be reached through one-1.', null],
      ['behind', 'gate'],
      ['far', 'behind'],
      ['It is reached through nowhere, which is neither in the fleet nor among these hosts.', null],
      ['It is reached through round-b, which cannot be added.', null],
      ['It is reached through round-a, which cannot be added.', null],
    ])
    const saved = await stage.caller.imports.save({ ...asked(text, 'config'), credentialId, digest })
    expect(saved).toMatchObject({ type: 'added' })
    const far = await stage.db.host.findUniqueOrThrow({ where: { name: 'far' } })
    const target = await loadTarget(stage, far.id)
    expect([target.name, target.via?.name, target.via?.via?.name]).toEqual(['far', 'behind', 'gate'])

    const gate = await stage.db.host.findUniqueOrThrow({ where: { name: 'gate' } })
    const update = (jumpHost: string | null) => stage.caller.hosts.update({ hostId: gate.id, jumpHost })
    expect(await update('far')).toMatchObject({ type: 'refused', message: 'far is reached through gate.' })
    expect(await update('gate')).toMatchObject({ type: 'refused', message: 'gate is this host itself.' })
    expect(await update('nobody')).toMatchObject({
      type: 'refused',
      message: 'There is no host called nobody.',
    })
    expect(await stage.caller.hosts.remove({ hostId: gate.id })).toMatchObject({
      type: 'refused',
      message: 'behind is reached through gate.',
    })
    expect(await update('one-1')).toEqual({ type: 'done' })
    expect(await stage.caller.hosts.get({ hostId: gate.id })).toMatchObject({
      jumpHostName: 'one-1',
      probing: true,
    })
  })

  it('costs a row the same, few or many', async () => {
    const csvOf = (hosts: number) =>
      `name,address,labels\n${Array.from({ length: hosts }, (_, at) => `bulk${hosts}-${at},bulk${hosts}-${at}.example,rack=r${at % 100} role=db`).join('\n')}\n`
    const perRow: { preview: number; save: number }[] = []
    for (const hosts of [1_000, 10_000]) {
      const text = csvOf(hosts)
      const begun = performance.now()
      const { digest } = await preview(text, 'fleet.csv')
      const previewed = performance.now()
      const saved = await stage.caller.imports.save({ ...asked(text, 'fleet.csv'), credentialId, digest })
      const ended = performance.now()
      expect(saved.type === 'added' && saved.hostIds.length).toBe(hosts)
      perRow.push({ preview: (previewed - begun) / hosts, save: (ended - previewed) / hosts })
      console.log(
        `${hosts} rows: preview ${Math.round(previewed - begun)} ms, save ${Math.round(ended - previewed)} ms`,
      )
    }
    const [few, many] = perRow
    const ratio = (many?.save ?? 0) / (few?.save ?? 1)
    console.log(`a row of 10,000 costs ${ratio.toFixed(2)} times a row of 1,000`)
    // Squares would show as ten.
    expect(ratio).toBeLessThan(4)
  })
})
