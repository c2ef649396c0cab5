import type { Policy, WaveSize } from '../policy'

/** A host of the frozen list; `group` is its value of the label that waves are spread by, null when it has none. */
export interface WaveHost {
  hostId: string
  group: string | null
}

/** A host's value of the label that waves are spread by; null without label or value. */
export function groupOf(labels: Readonly<Record<string, string>>, label: string | null): string | null {
  return label !== null && Object.hasOwn(labels, label) ? (labels[label] ?? null) : null
}

type Sizes = Pick<Policy, 'canaryHosts' | 'waves'>

/**
 * Cuts the frozen list into the canary and its waves: each host once, in the order given, taking from the groups in
 * turn. No wave holds all hosts of a group of two or more; what a wave leaves over for that goes to a later one.
 */
export function splitIntoWaves(hosts: readonly WaveHost[], policy: Sizes): string[][] {
  const groups = groupsOf(hosts)
  const waves: string[][] = []
  let left = hosts.length
  let index = policy.canaryHosts === 0 ? 1 : 0
  while (left > 0) {
    const size = index === 0 ? policy.canaryHosts : sizeOf(policy.waves, index - 1, hosts.length)
    const wave = takeWave(groups, size)
    waves.push(wave)
    left -= wave.length
    index += 1
  }
  return waves
}

interface Group {
  waiting: string[]
  /** Most hosts of it in one wave. */
  most: number
}

function groupsOf(hosts: readonly WaveHost[]): Group[] {
  const groups = new Map<string, Group>()
  for (const { hostId, group } of hosts) {
    // A host without the label shares nothing with another.
    const key = group === null ? `host ${hostId}` : `value ${group}`
    const known = groups.get(key)
    if (known === undefined) groups.set(key, { waiting: [hostId], most: 1 })
    else {
      known.waiting.push(hostId)
      known.most = known.waiting.length - 1
    }
  }
  return [...groups.values()]
}

/** At least one host while one is left: `most` is never below 1. */
function takeWave(groups: readonly Group[], size: number): string[] {
  const wave: string[] = []
  for (let turn = 0; wave.length < size; turn++) {
    const before = wave.length
    for (const group of groups) {
      if (wave.length === size || turn >= group.most) continue
      const hostId = group.waiting.shift()
      if (hostId !== undefined) wave.push(hostId)
    }
    if (wave.length === before) break
  }
  return wave
}

function sizeOf(sizes: readonly WaveSize[], index: number, total: number): number {
  const size = sizes[Math.min(index, sizes.length - 1)]
  if (size === undefined) return total
  return 'hosts' in size ? size.hosts : Math.max(1, Math.floor((total * size.percent) / 100))
}
