'use client'

import { Download, Search } from 'lucide-react'
import { useRef } from 'react'
import { Button } from '@/app/_components/button'
import { formatCount } from '@/app/_lib/format'
import { hazardWords, sumCounts, waveName } from '@/app/_lib/rollout-words'
import { useHotkeys } from '@/app/_lib/use-hotkeys'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutPlanView } from '@/server/rollouts/views/plan-schema'
import type { PlanView } from './use-plan-view'

type Change = Partial<Pick<PlanView, 'q' | 'state' | 'wave' | 'hazard'>>
const SELECT = 'h-[30px] rounded-md border border-line-strong bg-raised px-2 text-ink-2 text-xs'

export function PlanItemFilter({
  rollout,
  plan,
  view,
  onView,
  onExport,
}: {
  rollout: RolloutDetail
  plan: RolloutPlanView
  view: PlanView
  onView: (change: Change) => void
  onExport: (() => void) | null
}) {
  const ref = useRef<HTMLInputElement>(null)
  useHotkeys({
    f: (event) => {
      event.preventDefault()
      ref.current?.focus()
    },
  })
  const states = (
    [
      ['planned', 'Planned'],
      ['excluded', 'Left out by the plan'],
      ['planning', 'Not answered yet'],
    ] as const
  ).filter(([state]) => sumCounts(rollout.devicesByState, state) > 0 || view.state === state)
  return (
    <div className="flex flex-wrap items-center gap-2 px-3.5 py-2">
      <div className="relative min-w-0 flex-1 basis-48">
        <Search size={13} aria-hidden="true" className="absolute top-[9px] left-2.5 text-ink-3" />
        <input
          ref={ref}
          value={view.q}
          onChange={(event) => onView({ q: event.target.value })}
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.blur()
          }}
          aria-label="Search devices of the plan"
          aria-keyshortcuts="f"
          placeholder="host or device name"
          spellCheck={false}
          className="h-[30px] w-full rounded-md border border-line-strong bg-raised pr-2 pl-8 font-mono text-xs"
        />
      </div>
      <select
        aria-label="State"
        value={view.state ?? ''}
        onChange={(event) =>
          onView({ state: states.find(([state]) => state === event.target.value)?.[0] ?? null })
        }
        className={SELECT}
      >
        <option value="">Every state</option>
        {states.map(([state, word]) => (
          <option key={state} value={state}>
            {word} ({formatCount(sumCounts(rollout.devicesByState, state))})
          </option>
        ))}
      </select>
      {plan.waves.length > 0 ? (
        <select
          aria-label="Wave"
          value={view.wave ?? ''}
          onChange={(event) =>
            onView({ wave: event.target.value === '' ? null : Number(event.target.value) })
          }
          className={SELECT}
        >
          <option value="">Every wave</option>
          {plan.waves.map(({ wave, devices }) => (
            <option key={wave} value={wave}>
              {waveName(wave, rollout.policy)} ({formatCount(devices)})
            </option>
          ))}
        </select>
      ) : null}
      {plan.hazards.length > 0 ? (
        <select
          aria-label="Hazard"
          value={view.hazard ?? ''}
          onChange={(event) => onView({ hazard: event.target.value === '' ? null : event.target.value })}
          className={SELECT}
        >
          <option value="">Any hazard or none</option>
          {plan.hazards.map(({ code, devices }) => (
            <option key={code} value={code}>
              {hazardWords(code)} ({formatCount(devices)})
            </option>
          ))}
        </select>
      ) : null}
      <Button
        look="quiet"
        blocked={onExport === null ? 'No device matches: there is nothing to export.' : null}
        onClick={() => onExport?.()}
        title="Every device that matches, all pages"
      >
        <Download size={13} aria-hidden="true" />
        CSV
      </Button>
    </div>
  )
}
