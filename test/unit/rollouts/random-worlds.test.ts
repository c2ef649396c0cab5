import { describe, expect, it } from 'vitest'
import type { Command } from '@/server/rollouts/commands'
import { allowedFailures } from '@/server/rollouts/gate'
import { next, nextWakeMs } from '@/server/rollouts/machine'
import type { Decision, HostRun, Rollout } from '@/server/rollouts/model'
import { isWindowOpen, type Policy, policySchema } from '@/server/rollouts/policy'
import { compact } from '@/server/rollouts/tally'
import { Random } from '../../support/random'
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

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`Broken: ${what}`)
}

/** What must hold at the moment a decision is written down. */
function check(before: Rollout, decision: Decision, atMs: number, groupOf: Map<string, string | null>): void {
  if (!('hostId' in decision)) return
  const host = before.hosts.find((each) => each.hostId === decision.hostId)
  if (host === undefined) throw new Error('Broken: it names a host that is not in the list')
  if (decision.type === 'start_item') {
    must(host.state === 'running', 'a device begins on a host whose run has begun')
    must(before.fleetStopPulled === false, 'nothing begins under the fleet-wide stop')
    must(host.ready, 'a device begins on a host that is ready')
    const at = host.items.findIndex(({ itemId }) => itemId === decision.itemId)
    must(host.items[at]?.state === 'pending', 'a device that waits begins')
    const earlier = host.items.slice(0, at).map(({ state }) => state)
    must(
      earlier.every((state) => ['converted', 'already', 'skipped'].includes(state)),
      'nothing begins behind a device that failed',
    )
  }
  if (decision.type === 'start_host') checkStart(before, host, atMs, groupOf)
}

function checkStart(before: Rollout, host: HostRun, atMs: number, groupOf: Map<string, string | null>): void {
  const { policy } = before
  must(before.state === 'running' && host.state === 'pending', 'a host that waits begins, while running')
  must(before.fleetStopPulled === false, 'no host begins under the fleet-wide stop')
  must(isWindowOpen(policy.startWindow, atMs), 'no host begins outside the window')
  const inFlight = [...before.hosts.filter(({ state }) => state === 'running'), host]
  must(inFlight.length <= policy.maxInFlightHosts, 'no more in flight than the policy says')
  must(new Set(inFlight.map(({ wave }) => wave)).size === 1, 'waves do not overlap')
  for (const other of before.hosts.filter(({ wave }) => wave < host.wave)) {
    must(other.state !== 'pending' && other.state !== 'running', 'the waves before are over')
    must(other.state !== 'succeeded' || other.checked, 'the waves before were looked at')
  }
  const group = groupOf.get(host.hostId)
  const rack = [...groupOf].filter(([, each]) => each === group).map(([hostId]) => hostId)
  const ofRack = inFlight.filter(({ hostId }) => rack.includes(hostId))
  must(rack.length === 1 || ofRack.length < rack.length, 'never a whole rack at once')
  for (const within of [before.hosts.filter(({ wave }) => wave === host.wave), before.hosts]) {
    const limits = within === before.hosts ? policy.failures.inAll : policy.failures.perWave
    const failed = within.filter((each) => each.state === 'failed' && !each.acknowledged).length
    const most = allowedFailures(limits.hosts, within.length) + 1
    must(failed < most && failed + inFlight.length <= most, 'no more can fail than the limit and one')
  }
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
          check(before, decision, atMs, groupOf)
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
