import { clsx } from 'clsx'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { HOST_COLUMNS, HOST_GRID } from './host-columns'
import type { HostTableProps } from './host-table'

export function HostTableHead({
  sort,
  direction,
  onSort,
  allSelected,
  onSelectAll,
}: Pick<HostTableProps, 'sort' | 'direction' | 'onSort'> & {
  allSelected: boolean
  onSelectAll: (all: boolean) => void
}) {
  const Arrow = direction === 'asc' ? ArrowUp : ArrowDown
  return (
    <thead className="block sticky top-0 z-10 border-line border-b bg-surface">
      <tr aria-rowindex={1} className={clsx(HOST_GRID, 'h-7 font-medium text-ink-3 text-xs')}>
        <th scope="col" className="pl-3.5">
          <input
            type="checkbox"
            aria-label="Select all hosts that match"
            checked={allSelected}
            onChange={(event) => onSelectAll(event.target.checked)}
            className="block size-3.5 accent-accent"
          />
        </th>
        {HOST_COLUMNS.map((column) => {
          const { sort: key } = column
          const isSorted = key === sort
          const ariaSort = isSorted ? (direction === 'asc' ? 'ascending' : 'descending') : undefined
          return (
            <th
              key={column.id}
              scope="col"
              aria-sort={ariaSort}
              className={clsx('text-left font-medium', column.className)}
            >
              {key === null ? (
                column.label
              ) : (
                <button
                  type="button"
                  className={clsx(
                    'inline-flex items-center gap-1 rounded-sm hover:text-ink',
                    isSorted && 'text-ink',
                  )}
                  onClick={() => onSort(key, isSorted && direction === 'asc' ? 'desc' : 'asc')}
                >
                  {column.label}
                  {isSorted ? <Arrow size={11} aria-hidden="true" /> : null}
                </button>
              )}
            </th>
          )
        })}
      </tr>
    </thead>
  )
}
