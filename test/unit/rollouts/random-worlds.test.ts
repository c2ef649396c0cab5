import { describe, expect, it } from 'vitest'
import type { Command } from '@/server/rollouts/machine/commands'
import { next, nextWakeMs } from '@/server/rollouts/machine/machine'
import { compact } from '@/server/rollouts/machine/tally'
import { type Policy, policySchema } from '@/server/rollouts/policy'
import { Random } from '../../support/random'
import { checkDecision, must } from '../../support/rollout-limits'
import { type ListedHost, RolloutWorld, rolloutOver } from '../../support/rollout-world'

const seeds = Number(process.env.ROLLOUT_SEEDS ?? 150)

function anyPolicy(random: Random): Policy {
  const limit = () => ({
    count: random.next() < 0.5 ? null : random.whole(0, 5),
    percent: random.next() < 0.5 ? null : random.whole(0, 60),
  })
  const limits = () => ({ hosts: limit(), devices: limit() })
  return policySchema.parse({
    canaryHosts: random.whole(0, 3),
    waves: [{ hosts: random.whole(1, 10) }, { percent: random.whole(5, 100) }],
    maxInFlightHosts: random.whole(1, 12),
    spreadByLabel: 'rack',
    soakSeconds: random.whole(0, 300),
    failures: { perWave: limits(), inAll: limits() },
    startWindow:
      random.next() < 0.7
        ? null
        : { timeZone: 'UTC', days: ['mon', 'thu', 'fri', 'sat'], from: '00:10', until: '00:00' },
    perHostDeadlineSeconds: random.whole(60, 2000),
    retries: random.whole(0, 2),
  })
}

function anyHosts(random: Random): ListedHost[] {
  const racks = random.whole(1, 6)
  return Array.from({ length: random.whole(1, 40) }, (_, at) => ({
    hostId: `h${at}`,
    group: `r${random.whole(1, racks)}`,
    devices: random.whole(1, 3),
  }))
}

function anyCommand(random: Random, hostIds: readonly string[]): Command {
  const host = hostIds[random.whole(0, hostIds.length - 1)] ?? ''
  return random.pick<Command>([
    { value: { type: 'pause' }, weight: 2 },
    { value: { type: 'resume' }, weight: 6 },
    { value: { type: 'stop' }, weight: 1 },
    { value: { type: 'abort' }, weight: 1 },
    { value: { type: 'retryFailed' }, weight: 4 },
    { value: { type: 'skip', hostIds: [host] }, weight: 1 },
  ])
}

describe('whatever happens', () => {
  it.each(Array.from({ length: seeds }, (_, seed) => seed))(
    'limits hold, only the list is touched, and it settles: seed %i',
    (seed) => {
      const random = new Random(seed)
      const listed = anyHosts(random)
      const groupOf = new Map(listed.map(({ hostId, group }) => [hostId, group]))
      const world = new RolloutWorld(rolloutOver(listed, anyPolicy(random)))
      let checked = 0
      const look = () => {
        for (const { before, decision, atMs } of world.done.slice(checked))
          checkDecision(before, decision, atMs, groupOf)
        checked = world.done.length
        const running = world.inFlight().map(({ items }) => items.filter((i) => i.state === 'running').length)
        must(
          running.every((count) => count <= 1),
          'one device at a time on a host',
        )
      }
      for (let step = 0; step < 150; step++) {
        if (random.next() < 0.08) world.command(anyCommand(random, [...groupOf.keys()]))
        world.stir(random)
        // A turn that reads only what it can concern comes to the same.
        expect(next(compact(world.rollout), world.nowMs)).toEqual(next(world.rollout, world.nowMs))
        expect(nextWakeMs(compact(world.rollout), world.nowMs)).toBe(nextWakeMs(world.rollout, world.nowMs))
        world.turn()
        look()
      }
      // Wave by wave a window or a check may have to be waited for, but it always comes to an end.
      if (world.rollout.state === 'paused') world.command({ type: 'resume' })
      world.calm()
      look()
      expect(['finished', 'stopped', 'aborted']).toContain(world.rollout.state)
      const open = world.rollout.hosts.filter(({ state }) => state === 'pending' || state === 'running')
      expect(open).toEqual([])
      const items = world.rollout.hosts.flatMap((host) => host.items)
      expect(items.filter(({ state }) => state === 'pending' || state === 'running')).toEqual([])
    },
  )
})
