import { clsx } from 'clsx'
import type { ReactNode } from 'react'

/** A section with a heading; the heading names the region for screen readers. */
export function Card({
  title,
  meta,
  aside,
  children,
  className,
}: {
  title: ReactNode
  meta?: ReactNode
  aside?: ReactNode
  children: ReactNode
  className?: string
}) {
  return (
    <section className={clsx('min-w-0 rounded-lg border border-line bg-surface shadow-card', className)}>
      <div className="flex flex-wrap items-baseline gap-x-2.5 gap-y-1 border-line border-b px-3.5 py-2.5">
        <h2 className="font-semibold">{title}</h2>
        {meta ? <span className="text-ink-3 text-xs">{meta}</span> : null}
        {aside ? <div className="ml-auto flex items-center gap-3">{aside}</div> : null}
      </div>
      {children}
    </section>
  )
}

export function CardBody({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={clsx('px-3.5 py-3', className)}>{children}</div>
}
