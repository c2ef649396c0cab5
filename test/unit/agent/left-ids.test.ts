import { beforeEach, expect, it } from 'vitest'
import { ModelledHost } from '@/test/support/modelled-host'

const REMOVE_ID = '/kmem/remove_id'
const fence = {
  protocol: 1,
  verb: 'fence' as const,
  params: { token: { installationId: 'here', epoch: '2' } },
}

let host: ModelledHost

/** A conversion whose acting process dies once its id is in kmem's list, and that nobody takes up again. */
beforeEach(async () => {
  host = new ModelledHost()
  const { machine } = host
  const approved = await host.approved()
  machine.onKernelWrite = ({ file }) => {
    if (file !== 'kmem/new_id') return
    for (const pid of machine.processIds())
      if (machine.processAt(pid)?.name === 'act') machine.processAt(pid)?.kill()
  }
  await host.ask(host.convertRequest(approved))
  machine.onKernelWrite = null
  expect(host.witness().ids).toEqual(['dax0.0'])
})

/** Kills the child that is to take the id off, so many times; how often it was made. */
function killWriter(times: number): () => number {
  let made = 0
  host.machine.hook = ({ pid, process, path }) => {
    if (process === 'write' && path.endsWith(REMOVE_ID) && ++made <= times)
      host.machine.processAt(pid)?.kill()
    return undefined
  }
  return () => made
}

it('an id that a job left in kmem’s list is off it after the next fence', async () => {
  expect((await host.ask(fence)).at(-1)?.type).toBe('fenced')
  expect(host.witness().ids).toEqual([])
})

it('also where the child that takes it off is killed, as memory runs short', async () => {
  const made = killWriter(2)
  expect((await host.ask(fence)).at(-1)?.type).toBe('fenced')
  expect([made(), host.witness().ids]).toEqual([3, []])
})

it('a fence that cannot take it off says nothing is settled, and the next one takes it off', async () => {
  killWriter(3)
  const replies = await host.ask(fence).catch((error: unknown) => [{ type: String(error) }])
  expect(replies.map(({ type }) => type)).not.toContain('fenced')
  host.machine.hook = null
  expect(host.witness().ids).toEqual(['dax0.0'])
  expect((await host.ask(fence)).at(-1)?.type).toBe('fenced')
  expect(host.witness().ids).toEqual([])
})
