import { formatCount } from '@/app/_lib/format'
import { Button } from './button'

/** Which rows of how many are shown, and the way to the others. */
export function Pager({
  what,
  page,
  pageRows,
  matching,
  onPage,
}: {
  /** What the rows are, as in "devices". */
  what: string
  /** From 0. */
  page: number
  pageRows: number
  matching: number
  onPage: (page: number) => void
}) {
  const last = Math.max(0, Math.ceil(matching / pageRows) - 1)
  const first = page * pageRows + 1
  if (last === 0) return null
  return (
    <nav
      aria-label={`Pages of ${what}`}
      className="flex flex-wrap items-center gap-2 border-line border-t px-3.5 py-1.5 text-ink-3 text-xs"
    >
      <span role="status">
        {formatCount(first)} to {formatCount(Math.min(matching, first + pageRows - 1))} of{' '}
        {formatCount(matching)} {what}
      </span>
      <span className="ml-auto flex gap-1">
        <Button
          look="quiet"
          className="text-xs"
          blocked={page === 0 ? 'This is the first page.' : null}
          onClick={() => onPage(page - 1)}
        >
          Previous
        </Button>
        <Button
          look="quiet"
          className="text-xs"
          blocked={page >= last ? 'This is the last page.' : null}
          onClick={() => onPage(page + 1)}
        >
          Next
        </Button>
      </span>
    </nav>
  )
}
