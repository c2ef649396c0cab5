'use client'

import { clsx } from 'clsx'
import { X } from 'lucide-react'
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { focusContent } from '@/app/_lib/use-focus-handover'

/** The browser's own modal: focus stays inside, Escape closes, the page behind is inert. Mounted only while open. */
export function Dialog({
  title,
  onClose,
  children,
  className,
}: {
  title: string
  onClose: () => void
  children: ReactNode
  className?: string
}) {
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const dialog = ref.current
    const before = document.activeElement
    dialog?.showModal()
    // What is to be filled in comes before the cross that closes.
    dialog?.querySelector<HTMLElement>('input, textarea, select')?.focus()
    return () => {
      dialog?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
      else focusContent()
    }
  }, [])

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way out, handled by the dialog itself
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose()
      }}
      className={clsx(
        'm-auto w-[min(520px,calc(100vw-32px))] rounded-lg border border-line-strong bg-raised p-0 shadow-float',
        className,
      )}
    >
      <div className="flex items-center border-line border-b px-4 py-2.5">
        <h2 id={titleId} className="font-semibold">
          {title}
        </h2>
        <button
          type="button"
          aria-label="Close"
          onClick={onClose}
          className="ml-auto rounded-sm p-1 text-ink-3 hover:text-ink"
        >
          <X size={15} aria-hidden="true" />
        </button>
      </div>
      <div className="grid gap-3.5 p-4">{children}</div>
    </dialog>
  )
}
