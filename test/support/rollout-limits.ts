import { allowedFailures } from '@/server/rollouts/machine/gate'
import type { Decision, HostRun, Rollout } from '@/server/rollouts/machine/model'
import { isWindowOpen } from '@/server/rollouts/policy'

/** Something that must always hold did not. */
export class Broken extends Error {
  override readonly name = 'Broken'
}

export function must(holds: boolean, what: string): void {
  if (!holds) throw new Broken(what)
}

/** What must hold at the moment a decision is written down. */
export function checkDecision(
  before: Rollout,
  decision: Decision,
  atMs: number,
  groupOf: Map<string, string | null>,
): void {
  if (!('hostId' in decision)) return
  const host = before.hosts.find((each) => each.hostId === decision.hostId)
  if (host === undefined) throw new Broken('it names a host that is not in the list')
  if (decision.type === 'start_item') {
    must(host.state === 'running', 'a device begins on a host whose run has begun')
    must(before.fleetStopPulled === false, 'nothing begins under the fleet-wide stop')
    must(host.ready, 'a device begins on a host that is ready')
    const at = host.items.findIndex(({ itemId }) => itemId === decision.itemId)
    must(host.items[at]?.state === 'pending', 'a device that waits begins')
    const earlier = host.items.slice(0, at).map(({ state }) => state)
    must(
      earlier.every((state) => ['converted', 'restored', 'already', 'skipped'].includes(state)),
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
