import { clsx } from 'clsx'
import { BLOCK_WORDS, type BlockKind, describeBlocks, type StripCell, stripCells } from '@/app/_lib/blocks'
import type { Tier } from '@/app/_lib/states'
import type { DeviceView } from '@/server/hosts/schemas/device'

const TIER_FILLS: Record<Tier, string> = {
  dram: 'fill-tier-dram',
  pmem: 'fill-tier-pmem',
  cxl: 'fill-tier-cxl',
  hbm: 'fill-tier-hbm',
}

/** Colour and pattern of a block: solid Movable, striped Normal, hatched offline, crossed unknown, grey not there. */
function look(kind: BlockKind, tier: Tier): { fill: string; over: string | null } {
  switch (kind) {
    case 'movable':
      return { fill: TIER_FILLS[tier], over: null }
    case 'normal':
      return { fill: TIER_FILLS[tier], over: 'url(#fill-lines)' }
    case 'absent':
      return { fill: 'fill-line-strong', over: null }
    case 'offline':
      return { fill: 'fill-wait-bg', over: 'url(#fill-hatch)' }
    default:
      return { fill: 'fill-lost-bg', over: 'url(#fill-cross)' }
  }
}

/** All blocks of a device in one row of cells, whatever their number; its words say the same. */
export function BlockStrip({
  blocks,
  predicted,
  tier,
  cells: maxCells = 36,
  height = 16,
}: {
  blocks: DeviceView['blocks']
  predicted: number
  tier: Tier
  cells?: number
  height?: number
}) {
  const cells = stripCells(blocks, predicted, maxCells)
  if (cells.length === 0) return <span className="text-ink-3">–</span>
  const words = describeBlocks(blocks, predicted)
  return (
    <svg
      role="img"
      aria-label={words}
      viewBox={`0 0 ${cells.length * 8} ${height}`}
      width={cells.length * 8}
      height={height}
      className="max-w-full"
    >
      <title>{words}</title>
      {cells.map((cell, index) => {
        const { fill, over } = look(cell.kind, tier)
        const place = { x: index * 8, width: 7, height, rx: 1 }
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place in the row
          <g key={index}>
            <title>{cellWords(cell)}</title>
            <rect {...place} className={fill} />
            {over ? <rect {...place} fill={over} /> : null}
          </g>
        )
      })}
    </svg>
  )
}

function cellWords(cell: StripCell): string {
  const many = cell.count > 1
  const ids =
    cell.first === null
      ? ''
      : cell.first === cell.last
        ? `memory${cell.first}: `
        : `memory${cell.first}–${cell.last}: `
  return `${ids}${BLOCK_WORDS[cell.kind]}${many && cell.kind !== 'movable' ? ' (the worst of them)' : ''}`
}

const LEGEND: readonly BlockKind[] = ['movable', 'normal', 'offline', 'absent', 'unknown']

export function BlockLegend({ className }: { className?: string }) {
  return (
    <ul className={clsx('flex flex-wrap gap-x-3.5 gap-y-1 text-ink-2 text-xs', className)}>
      {LEGEND.map((kind) => {
        const { fill, over } = look(kind, 'pmem')
        return (
          <li key={kind} className="flex items-center gap-1.5">
            <svg aria-hidden="true" width="9" height="9">
              <rect width="9" height="9" rx="2" className={fill} />
              {over ? <rect width="9" height="9" rx="2" fill={over} /> : null}
            </svg>
            {BLOCK_WORDS[kind]}
          </li>
        )
      })}
    </ul>
  )
}
