import type { DeviceView } from '@/server/hosts/schemas/device'

type BlockRun = DeviceView['blocks'][number]

/** How one memory block is drawn. `absent`: predicted, but the kernel has no such block yet. */
const BLOCK_KINDS = ['movable', 'normal', 'absent', 'offline', 'going-offline', 'unknown'] as const
export type BlockKind = (typeof BLOCK_KINDS)[number]

export const BLOCK_WORDS: Record<BlockKind, string> = {
  movable: 'online, Movable',
  normal: 'online, Normal',
  absent: 'not memory yet',
  offline: 'offline',
  'going-offline': 'going offline',
  unknown: 'unknown',
}

export interface StripCell {
  kind: BlockKind
  /** Ids of the first and last block in the cell; null where the kernel has none yet. */
  first: number | null
  last: number | null
  count: number
}

/** The kernel tells an online block's zone in `valid_zones`; anything but Movable can't promise to come back. */
export function kindOf(run: Pick<BlockRun, 'state' | 'zones'>): BlockKind {
  if (run.state !== 'online') return run.state
  return run.zones.trim().split(/\s+/)[0] === 'Movable' ? 'movable' : 'normal'
}

/** How many blocks there are of each kind, absent ones included. */
export function countBlocks(runs: readonly BlockRun[], predicted: number): Record<BlockKind, number> {
  const counts = { movable: 0, normal: 0, absent: 0, offline: 0, 'going-offline': 0, unknown: 0 }
  for (const run of runs) counts[kindOf(run)] += run.last - run.first + 1
  counts.absent = Math.max(0, predicted - totalOf(runs))
  return counts
}

/**
 * One row of at most `maxCells` cells for any number of blocks: neighbours share a cell evenly and the worst of
 * them decides how it looks, so that one bad block of thousands still shows.
 */
export function stripCells(runs: readonly BlockRun[], predicted: number, maxCells: number): StripCell[] {
  const total = Math.max(totalOf(runs), predicted)
  if (total === 0) return []
  const cellCount = Math.min(total, maxCells)
  const cells: StripCell[] = []
  const blocks = walk(runs, total)
  for (let cell = 0; cell < cellCount; cell += 1) {
    const until = Math.floor(((cell + 1) * total) / cellCount)
    const from = Math.floor((cell * total) / cellCount)
    cells.push(merge(blocks.slice(from, until)))
  }
  return cells
}

function merge(blocks: readonly { kind: BlockKind; id: number | null }[]): StripCell {
  let kind: BlockKind = 'movable'
  for (const block of blocks) {
    if (BLOCK_KINDS.indexOf(block.kind) > BLOCK_KINDS.indexOf(kind)) kind = block.kind
  }
  const ids = blocks.map((block) => block.id).filter((id) => id !== null)
  return { kind, first: ids[0] ?? null, last: ids.at(-1) ?? null, count: blocks.length }
}

function walk(runs: readonly BlockRun[], total: number): { kind: BlockKind; id: number | null }[] {
  const blocks: { kind: BlockKind; id: number | null }[] = []
  for (const run of [...runs].sort((a, b) => a.first - b.first)) {
    const kind = kindOf(run)
    for (let id = run.first; id <= run.last; id += 1) blocks.push({ kind, id })
  }
  while (blocks.length < total) blocks.push({ kind: 'absent', id: null })
  return blocks
}

function totalOf(runs: readonly BlockRun[]): number {
  return runs.reduce((sum, run) => sum + run.last - run.first + 1, 0)
}

/** The strip in words, for those who cannot see it: `375 of 376 blocks online (Movable), 1 offline`. */
export function describeBlocks(runs: readonly BlockRun[], predicted: number): string {
  const counts = countBlocks(runs, predicted)
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  if (total === 0) return 'no blocks'
  if (counts.absent === total) return `${total} blocks, none of them memory yet`
  const online = counts.movable + counts.normal
  const zones = [counts.movable > 0 ? 'Movable' : null, counts.normal > 0 ? 'Normal' : null].filter(Boolean)
  const rest = (['offline', 'going-offline', 'unknown', 'absent'] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${counts[kind]} ${BLOCK_WORDS[kind]}`)
  const head = `${online} of ${total} blocks online${zones.length > 0 ? ` (${zones.join(' and ')})` : ''}`
  return [head, ...rest].join(', ')
}
