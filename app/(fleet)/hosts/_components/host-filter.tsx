'use client'

import { Download, Filter, X } from 'lucide-react'
import { useRef } from 'react'
import { Button } from '@/app/_components/button'
import { Kbd } from '@/app/_components/kbd'
import { formatCount } from '@/app/_lib/format'
import type { Outputs } from '@/app/_lib/trpc'
import { useHotkeys } from '@/app/_lib/use-hotkeys'

const EXAMPLES = ['state!=ready', 'state!=converted', 'kind:cxl', 'kernel:6.12'] as const

/** The filter language, its fault in a sentence where it is typed, and how many match. */
export function HostFilter({
  text,
  onText,
  list,
  onExport,
}: {
  text: string
  onText: (text: string) => void
  list: Outputs['hosts']['list'] | undefined
  onExport: () => void
}) {
  const error = list?.queryError ?? null
  const ref = useRef<HTMLInputElement>(null)
  useHotkeys({
    f: (event) => {
      event.preventDefault()
      ref.current?.focus()
    },
  })
  const add = (example: string) => onText(text.trim() === '' ? example : `${text.trim()} ${example}`)
  return (
    <div className="grid gap-1.5">
      <div className="flex flex-wrap items-center gap-2">
        <div className="relative min-w-0 flex-1 basis-72">
          <Filter size={13} aria-hidden="true" className="absolute top-[9px] left-2.5 text-ink-3" />
          <input
            ref={ref}
            value={text}
            onChange={(event) => onText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') event.currentTarget.blur()
            }}
            aria-label="Filter hosts"
            aria-invalid={error !== null}
            aria-describedby="filter-note"
            spellCheck={false}
            placeholder="name, address, label:rack=r12, kind:pmem, state!=converted"
            className="h-[30px] w-full rounded-md border border-line-strong bg-raised pr-8 pl-8 font-mono text-xs aria-invalid:border-fail"
          />
          {text === '' ? (
            <span className="absolute top-[5px] right-2.5 max-sm:hidden" aria-hidden="true">
              <Kbd>f</Kbd>
            </span>
          ) : (
            <button
              type="button"
              aria-label="Clear the filter"
              onClick={() => onText('')}
              className="absolute top-[6px] right-2 rounded-sm p-0.5 text-ink-3 hover:text-ink"
            >
              <X size={14} aria-hidden="true" />
            </button>
          )}
        </div>
        <div className="flex flex-wrap gap-1.5 max-lg:hidden">
          {EXAMPLES.map((example) => (
            <button
              key={example}
              type="button"
              onClick={() => add(example)}
              aria-label={`Add ${example} to the filter`}
              className="rounded-sm border border-line-strong px-1.5 font-mono text-ink-2 text-xs leading-[22px] hover:bg-wait-bg"
            >
              {example}
            </button>
          ))}
        </div>
        <span className="ml-auto text-ink-3 text-xs" role="status">
          {list ? countText(list) : ''}
        </span>
        <Button
          look="quiet"
          blocked={list && list.hosts.length > 0 ? null : 'No host matches: there is nothing to export.'}
          onClick={onExport}
          title="The hosts that match, all columns"
        >
          <Download size={13} aria-hidden="true" />
          CSV
        </Button>
      </div>
      <p id="filter-note" className="text-fail text-xs empty:hidden">
        {error}
      </p>
    </div>
  )
}

function countText(list: Outputs['hosts']['list']): string {
  if (list.matching === list.total) return `${formatCount(list.total)} in all`
  return `${formatCount(list.matching)} of ${formatCount(list.total)}`
}
