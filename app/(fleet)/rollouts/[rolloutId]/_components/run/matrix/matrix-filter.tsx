'use client'

import { Search, X } from 'lucide-react'
import { useRef } from 'react'
import { Kbd } from '@/app/_components/kbd'
import { formatCount } from '@/app/_lib/format'
import { failureWords, OUTCOME_MARKS, OUTCOMES } from '@/app/_lib/rollout-run-words'
import { waveName } from '@/app/_lib/rollout-words'
import { useHotkeys } from '@/app/_lib/use-hotkeys'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutProgress } from '@/server/rollouts/views/progress-schema'
import type { HostOutcome } from '@/server/rollouts/vocabulary'
import type { MatrixView, SetMatrixView } from './use-matrix-view'

const FIELD = 'h-[30px] rounded-md border border-line-strong bg-raised text-xs'
/** One choice each; anything else the address names is shown as it is. */
const CHOICES: readonly { value: string; label: string; outcomes: readonly HostOutcome[] }[] = [
  { value: '', label: 'All states', outcomes: [] },
  { value: 'open', label: 'Not converted', outcomes: OUTCOMES.filter((outcome) => outcome !== 'converted') },
  { value: 'flight', label: 'In flight, known or not', outcomes: ['running', 'unknown'] },
  { value: 'trouble', label: 'Did not come out well', outcomes: ['unknown', 'failed', 'void', 'cancelled'] },
]

/** What of the matrix is shown: by name, state, wave and cause, each in the address. */
export function MatrixFilter({
  rollout,
  progress,
  view,
  setView,
  onClear,
}: {
  rollout: RolloutDetail
  progress: RolloutProgress
  view: MatrixView
  setView: SetMatrixView
  onClear: () => void
}) {
  const ref = useRef<HTMLInputElement>(null)
  useHotkeys({
    f: (event) => {
      event.preventDefault()
      ref.current?.focus()
    },
  })
  const isFiltered = view.q !== '' || view.state.length > 0 || view.wave !== null || view.cause !== null
  const named = view.state.join(',')
  const choice = CHOICES.find(({ outcomes }) => outcomes.join(',') === named)
  const single = view.state.length === 1 ? view.state[0] : undefined
  return (
    <div className="flex flex-wrap items-center gap-2">
      <div className="relative min-w-0 flex-1 basis-44">
        <Search size={13} aria-hidden="true" className="absolute top-[9px] left-2.5 text-ink-3" />
        <input
          ref={ref}
          value={view.q}
          onChange={(event) => void setView({ q: event.target.value === '' ? null : event.target.value })}
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.blur()
          }}
          aria-label="Part of a host's or a device's name"
          spellCheck={false}
          placeholder="host or device"
          className={`${FIELD} w-full pr-8 pl-8 font-mono`}
        />
        {view.q === '' ? (
          <span className="absolute top-[5px] right-2.5 max-sm:hidden" aria-hidden="true">
            <Kbd>f</Kbd>
          </span>
        ) : null}
      </div>
      <select
        aria-label="State"
        value={choice?.value ?? single ?? 'other'}
        onChange={(event) => {
          const { value } = event.target
          const preset = CHOICES.find((each) => each.value === value)
          const outcome = OUTCOMES.find((each) => each === value)
          const state = preset?.outcomes ?? (outcome === undefined ? [] : [outcome])
          void setView({ state: state.length === 0 ? null : [...state] })
        }}
        className={`${FIELD} px-1.5`}
      >
        {CHOICES.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
        {OUTCOMES.map((outcome) => (
          <option key={outcome} value={outcome}>
            {OUTCOME_MARKS[outcome].word} ({formatCount(progress.hostsByOutcome[outcome] ?? 0)})
          </option>
        ))}
        {choice === undefined && single === undefined ? (
          <option value="other">{view.state.map((outcome) => OUTCOME_MARKS[outcome].word).join(', ')}</option>
        ) : null}
      </select>
      <select
        aria-label="Wave"
        value={view.wave ?? ''}
        onChange={(event) =>
          void setView({ wave: event.target.value === '' ? null : Number(event.target.value) })
        }
        className={`${FIELD} px-1.5`}
      >
        <option value="">All waves</option>
        {progress.waves.map(({ wave, hosts }) => (
          <option key={wave} value={wave + 1}>
            {waveName(wave, rollout.policy)} ({formatCount(hosts)})
          </option>
        ))}
      </select>
      {view.cause === null ? null : (
        <button
          type="button"
          onClick={() => void setView({ cause: null })}
          aria-label={`Cause ${failureWords(view.cause)}: show all causes`}
          className="inline-flex items-center gap-1 rounded-sm border border-line-strong px-1.5 text-ink-2 text-xs leading-[22px] hover:bg-wait-bg"
        >
          {failureWords(view.cause)}
          <X size={12} aria-hidden="true" />
        </button>
      )}
      {isFiltered ? (
        <button
          type="button"
          onClick={onClear}
          className="rounded-sm text-ink-2 text-xs underline underline-offset-2 hover:text-ink"
        >
          Show all
        </button>
      ) : null}
    </div>
  )
}
