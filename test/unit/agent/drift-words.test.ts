import { describe, expect, it } from 'vitest'
import { nameDifference } from '@/agents/plan/difference'
import type { ConvertItem } from '@/agents/protocol'
import { approve, World } from './world'

const item = approve(await new World().plan()).item as ConvertItem

/** What is said of an approved conversion when it would be planned like this now. */
function said(change: (now: ConvertItem) => void): string | undefined {
  const now = structuredClone(item)
  change(now)
  return nameDifference(item, now)?.message
}

/** Every leaf of an item, as a path. */
function leaves(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`))
}

/** The item with another value at that path. */
function changeAt(target: unknown, path: string): void {
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const holder = keys.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], target)
  const fields = holder as Record<string, unknown>
  const value = fields[last]
  const other = typeof value === 'string' && /^\d+$/.test(value) ? '7340032' : 'x'
  fields[last] = typeof value === 'number' ? value + 1 : other
}

describe('drift', () => {
  it('names bytes, nodes and drivers as people do', () => {
    const size = said(({ invariants }) => {
      invariants.blockSizeBytes = String(2n << 30n)
    })
    expect(size).toBe(
      "The device is not as planned: the host's memory block size was 128 MiB when planned, and is 2048 MiB now.",
    )
    const node = said(({ invariants }) => {
      invariants.targetNode = 3
    })
    expect(node).toMatch(/its NUMA node was \d when planned, and is 3 now/)
    const kmem = said(({ preconditions }) => {
      preconditions.kmem = 'blacklisted'
    })
    expect(kmem).toBe(
      'The host is not as planned: the kmem driver was loaded when planned, and is blacklisted now.',
    )
  })

  it('names the write that is another one, whole', () => {
    const load = said(({ writes }) => {
      writes[0] = { step: 'claim', path: 'modprobe', value: 'kmem' }
    })
    expect(load).toBe(
      'The host is not as planned: one of the writes was claim ("dax0.0" to /sys/bus/dax/drivers/kmem/new_id) when planned, and is claim ("kmem" to modprobe) now.',
    )
    const fewer = said(({ writes }) => {
      writes.pop()
    })
    expect(fewer).toMatch(
      /was online \("online_movable" to .*memory\{\d+-\d+\}\/state\) when planned, and is none now\.$/,
    )
  })

  it('says nothing by the name it has inside', () => {
    const inner = /invariants|preconditions|prediction|Bytes|memmapFrom|\["|\{"|undefined|null/
    const told = leaves(item)
      .filter((path) => path !== 'version' && path !== 'kind')
      .map((path) => ({ path, message: said((now) => changeAt(now, path)) }))
    expect(told.length).toBeGreaterThan(20)
    expect(told.filter(({ message }) => message === undefined || inner.test(message))).toEqual([])
    // What was and what is differ in what is said as well.
    const alike = told.filter(({ message }) => /was (.+) when planned, and is \1 now/.test(message ?? ''))
    expect(alike).toEqual([])
  })
})
