import { afterEach, describe, expect, it } from 'vitest'
import { waitFor } from '@/scripts/launch/wait'
import { sampleOf } from '@/server/capacity/sample-of'
import { recordInspection } from '@/server/hosts/record-probe'
import { newHolderId } from '@/server/lib/ids'
import { ContactError } from '@/server/ssh/target'
import { markForProbe, turnClaims } from '@/server/worker/watch-claims'
import type { RunningWorker } from '@/server/worker/worker'
import { givenJobWorld, type JobWorld } from '../../support/job-world'
import { addJob } from '../../support/jobs'
import { startTestWorker, workerContext } from '../../support/test-worker'

let stage: JobWorld['stage']
let agent: JobWorld['agent']
let running: RunningWorker[]
let newHost: JobWorld['newHost']
givenJobWorld(
  (world) => {
    ;({ stage, agent, newHost } = world)
    running = []
  },
  ['"Host"', '"Watcher"'],
)
afterEach(async () => {
  await Promise.all(running.map((worker) => worker.stop(5_000)))
})

/** Turns come every half second. */
const watch = { everyMs: 60_000, maxHosts: 100, claimMs: 1_500, backOffMs: 20, longestBackOffMs: 100 }
async function start(): Promise<RunningWorker> {
  const worker = await startTestWorker(stage, agent, { watch })
  running.push(worker)
  return worker
}
const hostOf = (id: string) => stage.db.host.findUniqueOrThrow({ where: { id } })
const claims = () => stage.db.hostWatch.findMany({ orderBy: { hostId: 'asc' } })

async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const found = await waitFor(look, { withinMs: 30_000 })
  if (found === undefined) throw new Error(`Waited in vain until ${what}.`)
  return found
}
const watched = (hostId: string) => eventually('the host is watched', async () => agent.watches.get(hostId))
const inState = (hostId: string, state: string) =>
  eventually(`the host is ${state}`, async () => ((await hostOf(hostId)).state === state ? true : undefined))

describe('a watched host', () => {
  it('tells of itself, and when it last did is known', async () => {
    const { hostId, name } = await newHost()
    await start()
    const [claim] = await eventually('a sample was noted', async () => {
      await agent.watches.get(hostId)?.tell(sampleOf(agent.look({ hostId, name })))
      const rows = await claims()
      return rows[0]?.lastSampleAt ? rows : undefined
    })
    expect(claim?.hostId).toBe(hostId)
  })

  it('is probed when it tells that something changed behind its back', async () => {
    const { hostId, deviceId, name } = await newHost()
    await start()
    const { tell } = await watched(hostId)
    agent.plug(hostId)
    await tell(sampleOf(agent.look({ hostId, name })))
    await eventually('the change was read', async () => {
      const device = await stage.db.device.findUniqueOrThrow({ where: { id: deviceId } })
      return device.state === 'system_ram' ? true : undefined
    })
  })

  it('is probed when the first thing it tells is not what the last probe read', async () => {
    const { hostId, deviceId } = await newHost()
    agent.plug(hostId)
    await start()
    await eventually('the change was read', async () => {
      const device = await stage.db.device.findUniqueOrThrow({ where: { id: deviceId } })
      return device.state === 'system_ram' ? true : undefined
    })
  })

  it('is probed again when it changed while a probe was at it, which may have read what was before', async () => {
    const { hostId, deviceId, name } = await newHost()
    await start()
    const { tell } = await watched(hostId)
    const before = agent.look({ hostId, name })
    agent.plug(hostId)
    const after = agent.look({ hostId, name })
    // A probe that has read, and has not written it down yet.
    await stage.db.host.update({ where: { id: hostId }, data: { probeRequestedAt: new Date() } })
    await tell(sampleOf(after))
    await recordInspection(stage, hostId, before)
    await tell(sampleOf(after))
    await eventually('the change was read', async () => {
      const device = await stage.db.device.findUniqueOrThrow({ where: { id: deviceId } })
      return device.state === 'system_ram' ? true : undefined
    })
  })

  it('is shown unreachable as soon as it goes silent, and ready as soon as it is back', async () => {
    const { hostId } = await newHost()
    await start()
    const { cut } = await watched(hostId)
    const gone = async () => {
      throw new ContactError('unreachable', 'No route to host.', 'Look at the network.')
    }
    Object.assign(agent.script, { onContact: gone, onInspect: gone })
    cut()
    await inState(hostId, 'unreachable')
    Object.assign(agent.script, { onContact: async () => {}, onInspect: async () => {} })
    await inState(hostId, 'ready')
    await watched(hostId)
  })

  it('is let go when a person has to decide something first', async () => {
    const { hostId } = await newHost()
    await start()
    await watched(hostId)
    await stage.db.host.update({ where: { id: hostId }, data: { state: 'key_changed' } })
    await eventually('it is let go', async () => (agent.watches.has(hostId) ? undefined : true))
    expect(await claims()).toEqual([])
  })

  it('is not probed while a job of ours acts on it', async () => {
    const host = await newHost()
    const jobId = await addJob(stage, host)
    const ctx = workerContext(stage, agent)
    const epoch = await ctx.store.takeLease(host.hostId, ctx.holder, 60_000)
    const token = { holder: ctx.holder, epoch: epoch ?? 0n }
    await ctx.store.claimJob(jobId, token)
    expect(await markForProbe(stage.pg, host.hostId, ['ready'])).toBe(false)
    await ctx.store.requeue(jobId, token, 0, 'again')
    expect(await markForProbe(stage.pg, host.hostId, ['ready'])).toBe(true)
    // Asked for once is enough.
    expect(await markForProbe(stage.pg, host.hostId, ['ready'])).toBe(false)
  })
})

describe('the claims to watch', () => {
  const turn = (holder: string, maxHosts = 100) =>
    turnClaims(stage.pg, holder, { claimMs: 60_000, maxHosts, sampled: [], pool: '' })

  it('are shared out between the workers there are', async () => {
    for (let i = 0; i < 6; i++) await newHost()
    const [first, second] = [newHolderId(), newHolderId()]
    expect((await turn(first)).size).toBe(6)
    // The second finds nothing free yet; the first, seeing it, lets go of what is more than its share.
    expect((await turn(second)).size).toBe(0)
    const kept = await turn(first)
    expect(kept.size).toBe(3)
    const taken = await turn(second)
    expect(taken.size).toBe(3)
    expect([...taken].filter((hostId) => kept.has(hostId))).toEqual([])
  })

  it('are never more than one worker may have', async () => {
    for (let i = 0; i < 3; i++) await newHost()
    expect((await turn(newHolderId(), 2)).size).toBe(2)
  })

  it('of a worker that died are taken by another when they lapse', async () => {
    await newHost()
    const [dead, next] = [newHolderId(), newHolderId()]
    await turn(dead)
    expect((await turn(next)).size).toBe(0)
    await stage.pg.query(`UPDATE "HostWatch" SET "expiresAt" = now() - interval '1 second'`)
    await stage.pg.query(`UPDATE "Watcher" SET "expiresAt" = now() - interval '1 second' WHERE holder = $1`, [
      dead,
    ])
    expect((await turn(next)).size).toBe(1)
    expect((await turn(dead)).size).toBe(0)
  })

  it('are given back by a worker that ends, its sessions closed', async () => {
    const { hostId } = await newHost()
    const worker = await start()
    await watched(hostId)
    running = []
    await worker.stop(5_000)
    expect(await claims()).toEqual([])
    expect(agent.watches.size).toBe(0)
  })
})
