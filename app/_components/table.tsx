import { clsx } from 'clsx'
import type { ComponentProps, ReactNode } from 'react'

/**
 * A plain dense table. On a phone every row is a small card, its cells under the names of their columns, so that
 * nothing one acts on hides to the right; on what is wider, it scrolls sideways by itself where it must.
 */
export function Table({ label, head, children }: { label: string; head: ReactNode; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section aria-label={label} tabIndex={0} className="relative overflow-x-auto rounded-b-lg">
      <table className="w-full max-sm:block">
        <thead className="max-sm:sr-only">
          <tr className="h-7 border-line border-b text-left text-ink-3 text-xs">{head}</tr>
        </thead>
        <tbody className="max-sm:block">{children}</tbody>
      </table>
    </section>
  )
}

export function Th({ className, ...rest }: ComponentProps<'th'>) {
  return (
    <th
      scope="col"
      {...rest}
      className={clsx('px-2.5 font-medium whitespace-nowrap first:pl-3.5 last:pr-3.5', className)}
    />
  )
}

export function Tr({ className, ...rest }: ComponentProps<'tr'>) {
  return (
    <tr
      {...rest}
      className={clsx(
        'h-8 border-line border-b last:border-b-0 max-sm:grid max-sm:h-auto max-sm:grid-cols-2 max-sm:items-start max-sm:gap-x-3 max-sm:gap-y-1.5 max-sm:px-3.5 max-sm:py-2.5',
        className,
      )}
    />
  )
}

const PLAIN = 'sm:px-2.5 sm:first:pl-3.5 sm:last:pr-3.5'
const STACKED =
  'max-sm:min-w-0 max-sm:max-w-none max-sm:whitespace-normal max-sm:text-left max-sm:wrap-anywhere max-sm:empty:hidden'
const NAMED =
  'max-sm:before:block max-sm:before:font-normal max-sm:before:font-sans max-sm:before:text-ink-3 max-sm:before:text-xs'

/** `label`: the column's name, shown above the cell where rows are cards. Without one the cell speaks for itself. */
export function Td({
  label,
  wide = false,
  wraps = false,
  className,
  ...rest
}: ComponentProps<'td'> & {
  label?: string
  /** Takes the whole width of its card. */
  wide?: boolean
  /** Goes on in a next line instead of making the table wider. */
  wraps?: boolean
}) {
  return (
    <td
      {...rest}
      data-label={label}
      className={clsx(
        PLAIN,
        wraps ? 'wrap-anywhere' : 'whitespace-nowrap',
        className,
        STACKED,
        // Shown, not read out: the heading above does that.
        label && [NAMED, "max-sm:before:content-[attr(data-label)_/_'']"],
        wide && 'max-sm:col-span-2',
      )}
    />
  )
}
