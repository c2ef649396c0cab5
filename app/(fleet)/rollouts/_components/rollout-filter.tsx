'use client'

import { Download, Search } from 'lucide-react'
import { useRef } from 'react'
import { Button } from '@/app/_components/button'
import { ROLLOUT_MARKS } from '@/app/_lib/rollout-states'
import { useHotkeys } from '@/app/_lib/use-hotkeys'
import { type RolloutState, rolloutStates } from '@/server/rollouts/vocabulary'

export function RolloutFilter({
  text,
  state,
  onText,
  onState,
  onExport,
}: {
  text: string
  state: RolloutState | null
  onText: (text: string) => void
  onState: (state: RolloutState | null) => void
  onExport: (() => void) | null
}) {
  const ref = useRef<HTMLInputElement>(null)
  useHotkeys({
    f: (event) => {
      event.preventDefault()
      ref.current?.focus()
    },
  })
  return (
    <div className="flex flex-wrap items-center gap-2 px-3.5 py-2">
      <div className="relative min-w-0 flex-1 basis-48">
        <Search size={13} aria-hidden="true" className="absolute top-[9px] left-2.5 text-ink-3" />
        <input
          ref={ref}
          value={text}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.blur()
          }}
          aria-label="Search rollouts"
          aria-keyshortcuts="f"
          placeholder="name, or who made or approved it"
          spellCheck={false}
          className="h-[30px] w-full rounded-md border border-line-strong bg-raised pr-2 pl-8 text-xs"
        />
      </div>
      <select
        aria-label="State"
        value={state ?? ''}
        onChange={(event) => onState(rolloutStates.find((each) => each === event.target.value) ?? null)}
        className="h-[30px] rounded-md border border-line-strong bg-raised px-2 text-ink-2 text-xs"
      >
        <option value="">Every state</option>
        {rolloutStates.map((each) => (
          <option key={each} value={each}>
            {ROLLOUT_MARKS[each].word}
          </option>
        ))}
      </select>
      <Button
        look="quiet"
        blocked={onExport === null ? 'No rollout matches: there is nothing to export.' : null}
        onClick={() => onExport?.()}
        title="Every rollout that matches, all pages"
      >
        <Download size={13} aria-hidden="true" />
        CSV
      </Button>
    </div>
  )
}
