import { clsx } from 'clsx'
import type { ComponentProps, ReactNode } from 'react'

/** A plain dense table that scrolls sideways by itself where the window is narrow. */
export function Table({ label, head, children }: { label: string; head: ReactNode; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section aria-label={label} tabIndex={0} className="relative overflow-x-auto">
      <table className="w-full">
        <thead>
          <tr className="h-7 border-line border-b text-left text-ink-3 text-xs">{head}</tr>
        </thead>
        <tbody>{children}</tbody>
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
  return <tr {...rest} className={clsx('h-8 border-line border-b last:border-b-0', className)} />
}

export function Td({ className, ...rest }: ComponentProps<'td'>) {
  return <td {...rest} className={clsx('px-2.5 whitespace-nowrap first:pl-3.5 last:pr-3.5', className)} />
}
