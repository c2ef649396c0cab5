import { clsx } from 'clsx'
import type { ReactNode } from 'react'

/** One of several ways to narrow a list, pressed or not. */
export function Choice({
  isOn,
  onChoose,
  children,
}: {
  isOn: boolean
  onChoose: () => void
  children: ReactNode
}) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      onClick={onChoose}
      className={clsx(
        'rounded-full border px-2.5 text-xs leading-[22px]',
        isOn
          ? 'border-accent bg-run-bg font-medium text-ink'
          : 'border-line-strong text-ink-2 hover:bg-wait-bg',
      )}
    >
      {children}
    </button>
  )
}
