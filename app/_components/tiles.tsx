import { clsx } from 'clsx'
import type { ReactNode } from 'react'

export interface Tile {
  label: string
  value: ReactNode
  note?: ReactNode
  /** Words instead of a figure are set smaller. */
  small?: boolean
}

const COLUMNS: Record<number, string> = {
  4: 'lg:grid-cols-4',
  5: 'lg:grid-cols-5',
}

export function Tiles({ tiles, label }: { tiles: readonly Tile[]; label: string }) {
  return (
    <section
      aria-label={label}
      className="overflow-hidden rounded-lg border border-line bg-surface shadow-card"
    >
      {/* Lines between tiles whatever their number in a row: each draws its left and top, the edge hides its own. */}
      <dl className={clsx('-mt-px -ml-px grid grid-cols-2', COLUMNS[tiles.length])}>
        {tiles.map((tile) => (
          <div
            key={tile.label}
            className="grid content-start border-line border-t border-l px-3.5 py-3 max-lg:last:odd:col-span-2"
          >
            <dt className="text-ink-3 text-xs">{tile.label}</dt>
            <dd
              className={clsx(
                'truncate font-semibold leading-7 tracking-tight',
                tile.small ? 'text-base' : 'text-figure',
              )}
            >
              {tile.value}
            </dd>
            <dd className="min-h-4 text-ink-3 text-xs">{tile.note}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
