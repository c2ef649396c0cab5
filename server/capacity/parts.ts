import type { Queryable } from '@/server/lib/pg'
import type { DeviceList } from './sample'
import { hostKey, seriesOf } from './series-keys'
import type { Steps } from './steps'
import { type HostDivision, TIERS, type Tier } from './vocabulary'

/** What is to be known of a host to name the parts of its memory. */
export interface Place {
  latestAt: Date | null
  nowMs: number
  silentAfterMs: number
  devices: DeviceList
  /** Devices as last probed. */
  known: { identity: string; daxName: string; targetNode: number | null; tier: Tier }[]
}

/** One of what is stacked in a host's chart: a value for each step. */
export interface Part {
  key: string
  label: string
  tier: Tier
  values: number[]
}

const tierNames: Record<Tier, string> = { dram: 'DRAM', pmem: 'PMem', cxl: 'CXL', hbm: 'HBM' }
/** Of hosts that never reported. */
const USUAL_SILENCE_MS = 90_000

export async function readPlace(pg: Queryable, hostId: string): Promise<Place | null> {
  const { rows } = await pg.query<{
    latestAt: Date | null
    now: Date
    silentAfterMs: number | null
    devices: DeviceList | null
    known: Place['known'] | null
  }>(
    `SELECT l.at AS "latestAt", now() AS now, l."silentAfterMs", l.devices,
       (SELECT json_agg(json_build_object('identity', d.identity, 'daxName', d."daxName", 'targetNode', d."targetNode",
          'tier', CASE d.kind WHEN 'pmem' THEN 'pmem' WHEN 'cxl' THEN 'cxl' ELSE 'hbm' END))
        FROM "Device" d WHERE d."hostId" = h.id) AS known
     FROM "Host" h LEFT JOIN "CapacityLatest" l ON l."hostId" = h.id WHERE h.id = $1`,
    [hostId],
  )
  const row = rows[0]
  if (row === undefined) return null
  return {
    latestAt: row.latestAt,
    nowMs: row.now.getTime(),
    silentAfterMs: row.silentAfterMs ?? USUAL_SILENCE_MS,
    devices: row.devices ?? [],
    known: row.known ?? [],
  }
}

/** What adds up to the total in each step. Parts that are nothing throughout are left out, but for DRAM. */
export function partsOf(by: HostDivision, place: Place, steps: Steps): Part[] {
  const total = steps.series.get(hostKey('total'))?.last ?? []
  const parts = { tier: byTier, node: byNode, device: byDevice }
    [by](place, steps)
    .filter(({ values }) => values.some((value) => value > 0))
  const { fitting, rest } = fitted(parts, total)
  const dram = {
    key: 'dram',
    label: by === 'tier' ? tierNames.dram : 'No device',
    tier: 'dram' as const,
    values: rest,
  }
  if (by !== 'node') return [dram, ...fitting]
  return rest.every((value) => value === 0)
    ? fitting
    : [...fitting, { ...dram, key: 'other', label: 'Other' }]
}

function byTier(_place: Place, steps: Steps): Part[] {
  return TIERS.flatMap((tier) => {
    const values = tier === 'dram' ? undefined : steps.series.get(hostKey(tier))?.last
    return values === undefined ? [] : [{ key: tier, label: tierNames[tier], tier, values }]
  })
}

function byNode({ known }: Place, steps: Steps): Part[] {
  return [...steps.series]
    .flatMap(([key, { last }]) => {
      const series = seriesOf(key)
      return series?.of === 'node' && series.name === 'total' ? [{ id: series.id, values: last }] : []
    })
    .sort((a, b) => a.id - b.id)
    .map(({ id, values }) => ({
      key: `node${id}`,
      label: `Node ${id}`,
      // Node 0 is where the kernel booted, whatever came to it later.
      tier: (id > 0 ? known.find(({ targetNode }) => targetNode === id)?.tier : undefined) ?? 'dram',
      values,
    }))
}

function byDevice({ devices, known }: Place, steps: Steps): Part[] {
  const parts = new Map<number, Part>()
  for (const [key, { last }] of steps.series) {
    const series = seriesOf(key)
    if (series?.of !== 'device') continue
    const { identity = `device ${series.number}`, tier = 'hbm' } = devices[series.number] ?? {}
    const label = known.find((each) => each.identity === identity)?.daxName ?? identity
    const part = parts.get(series.number)
    const values = last.map((value, at) => value + (part?.values[at] ?? 0))
    parts.set(series.number, { key: identity, label, tier, values })
  }
  return [...parts].sort(([a], [b]) => a - b).map(([, part]) => part)
}

/**
 * What the parts leave of the total. They are read one after the other: while memory comes online they may add up to more,
 * and what is too much is taken off the last.
 */
function fitted(parts: readonly Part[], total: readonly number[]): { fitting: Part[]; rest: number[] } {
  const fitting = parts.map((part) => ({ ...part, values: [...part.values] }))
  const rest = total.map((value, at) => {
    let left = value
    for (const { values } of fitting) {
      const taken = Math.min(left, values[at] ?? 0)
      values[at] = taken
      left -= taken
    }
    return left
  })
  return { fitting, rest }
}
