import type { ReactNode } from 'react'

/** Where one is, one true sentence, and what can be done here. */
export function PageTitle({
  title,
  sentence,
  actions,
}: {
  title: string
  sentence?: ReactNode
  actions?: ReactNode
}) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <div className="min-w-0 flex-1 basis-80">
        <h1 className="font-semibold text-title tracking-tight">{title}</h1>
        {sentence ? <p className="text-ink-2 text-lead">{sentence}</p> : null}
      </div>
      {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
    </div>
  )
}
