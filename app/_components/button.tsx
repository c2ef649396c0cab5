import { clsx } from 'clsx'
import Link from 'next/link'
import type { ComponentProps } from 'react'

type Look = 'plain' | 'primary' | 'danger' | 'quiet'

const LOOKS: Record<Look, string> = {
  plain: 'border-line-strong bg-raised text-ink hover:bg-wait-bg',
  primary: 'border-accent bg-accent text-accent-ink hover:border-accent-hover hover:bg-accent-hover',
  danger: 'border-fail/45 bg-raised text-fail hover:bg-fail-bg',
  quiet: 'border-transparent bg-transparent text-ink-2 hover:bg-wait-bg hover:text-ink',
}
const SHAPE =
  'inline-flex items-center justify-center gap-1.5 rounded-md border px-[11px] py-1 text-sm font-medium whitespace-nowrap select-none'

export function Button({
  look = 'plain',
  blocked,
  className,
  onClick,
  ...rest
}: ComponentProps<'button'> & {
  look?: Look
  /** Why the action is not possible now: it stays in view and says so. */
  blocked?: string | null | undefined
}) {
  const isBlocked = typeof blocked === 'string'
  return (
    <button
      type="button"
      {...rest}
      aria-disabled={isBlocked || undefined}
      title={blocked ?? rest.title}
      onClick={(event) => (isBlocked ? event.preventDefault() : onClick?.(event))}
      className={clsx(
        SHAPE,
        LOOKS[look],
        (isBlocked || rest.disabled) && 'cursor-not-allowed! opacity-50',
        className,
      )}
    />
  )
}

export function ButtonLink({
  look = 'plain',
  className,
  ...rest
}: ComponentProps<typeof Link> & { look?: Look }) {
  return <Link {...rest} className={clsx(SHAPE, LOOKS[look], className)} />
}
