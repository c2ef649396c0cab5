import { expect, it } from 'vitest'
import { restoreHost, type Snapshot, saveHost } from '@/agents/model/snapshot'
import { ModelledHost } from '@/test/support/modelled-host'

it('a modelled host goes on from a snapshot as the same boot: device, blocks, journal and token', async () => {
  const host = new ModelledHost()
  const approved = await host.approved()
  await host.ask(host.convertRequest(approved))
  const saved: Snapshot = JSON.parse(JSON.stringify(saveHost(host.machine)))

  const again = new ModelledHost({ seed: 2 })
  restoreHost(again.machine, saved)
  expect(again.machine.bootId).toBe(host.machine.bootId)
  expect(again.witness()).toEqual(host.witness())
  expect((await again.plan()).verdict).toBe('already')
  const attach = { protocol: 1, verb: 'attach' as const, params: { jobId: 'job-1', fromLine: 1 } }
  expect(await again.ask(attach)).toEqual(await host.ask(attach))
  const late = await again.ask(again.convertRequest(approved, '0', 'job-2'))
  expect(JSON.stringify(late)).toContain('stale_token')
})

it('what was restored is on the disk: a power failure leaves the token, and takes the memory back', async () => {
  const host = new ModelledHost()
  await host.ask(host.convertRequest(await host.approved()))
  const again = new ModelledHost({ seed: 2 })
  restoreHost(again.machine, saveHost(host.machine))
  again.machine.reset()
  expect(again.witness()).toMatchObject({ driver: 'device_dax', present: [] })
  const late = await again.ask(again.convertRequest(await again.approved(), '0', 'job-2'))
  expect(JSON.stringify(late)).toContain('stale_token')
})
