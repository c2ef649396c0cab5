import { expect, it } from 'vitest'
import { GIB, smallHost, volatileDevice } from '@/agents/model/spec'
import type { AgentReply } from '@/agents/protocol'
import { ModelledHost } from '@/test/support/modelled-host'

const outcomesIn = (replies: readonly AgentReply[]) =>
  replies.flatMap((reply) =>
    reply.type === 'journal' && reply.line.kind === 'outcome' ? [reply.line.outcome] : [],
  )

it('where the kernel tries one block for ever, the child goes with the agent that died, and the lock is free', async () => {
  const host = new ModelledHost()
  await host.ask(host.convertRequest(await host.approved()))
  const approved = await host.restoreApproved({ offlineSeconds: 3600 })
  host.machine.memory.pinned.set(36, 'never')
  let actor = 0
  host.machine.hook = ({ pid, process, path }) => {
    if (process === 'act') actor = pid
    if (process === 'write' && path.endsWith('/memory36/state'))
      host.time.timer(1000, () => host.machine.processAt(actor)?.kill())
    return undefined
  }
  const replies = await host.ask(host.restoreRequest(approved))
  expect(replies.at(-1)).toEqual({ type: 'end', state: 'abandoned' })
  host.machine.hook = null
  const settled = await host.ask(host.recoverRequest(approved, '3', 'back-1'), { answer: 'back' })
  expect(outcomesIn(settled)).toEqual(['cancelled'])
  expect(host.witness()).toMatchObject({ driver: 'kmem', online: [33, 34, 35, 36, 37, 38, 39] })
})

it('where kmem is made to let go after the claim, the id is off device_dax’s list again', async () => {
  const host = new ModelledHost({
    spec: smallHost({
      kernelRelease: '6.12.0-1-amd64',
      autoOnline: 'online_movable',
      devices: [volatileDevice('cxl', 4n * GIB, GIB, { serial: '0x12345678', targetNode: 1 })],
    }),
  })
  const { machine } = host
  machine.onKernelWrite = ({ file }) => {
    if (file !== 'device_dax/new_id') return
    machine.memory.write(33, 'online_movable')
    machine.bus.unbind('kmem', 'dax0.0')
  }
  const replies = await host.ask(host.restoreRequest(await host.restoreApproved()))
  expect(replies.at(-1)).toEqual({ type: 'end', state: 'finished' })
  expect(host.witness()).toMatchObject({ driver: null, stranded: true, online: [33] })
  expect([...machine.bus.ids.device_dax]).toEqual([])
})

it.each([
  ['roll_back', 'cancelled', [33, 34, 35, 36, 37, 38, 39]],
  ['leave', 'partial', [33, 34, 35, 36, 37]],
] as const)(
  'taken up again, and asked to stop before a further block goes: %s, as the policy says',
  async (onPartial, outcome, online) => {
    const host = new ModelledHost()
    await host.ask(host.convertRequest(await host.approved()))
    const approved = await host.restoreApproved({ onPartial })
    let actor = 0
    host.machine.hook = ({ pid, process, path }) => {
      if (process === 'act') actor = pid
      if (process === 'write' && path.endsWith('/memory37/state'))
        for (const each of [pid, actor]) host.machine.processAt(each)?.kill()
      return undefined
    }
    await host.ask(host.restoreRequest(approved))
    host.machine.hook = null
    expect(host.witness()).toMatchObject({ driver: 'kmem', online: [33, 34, 35, 36, 37] })
    const token = { installationId: 'here', epoch: '3' }
    const abort = { protocol: 1, verb: 'abort' as const, params: { jobId: 'back-1', token } }
    host.machine.holdInKernel = (path) =>
      path.endsWith('/kmem/remove_id') ? host.ask(abort).then(() => undefined) : undefined
    expect(outcomesIn(await host.ask(host.recoverRequest(approved, '3', 'back-1')))).toEqual([outcome])
    expect(host.witness()).toMatchObject({ driver: 'kmem', online })
  },
)
