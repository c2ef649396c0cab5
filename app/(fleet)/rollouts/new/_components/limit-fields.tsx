'use client'

import { useId } from 'react'
import type { LimitKey, PolicyDraft, PolicyFaults } from '@/app/_lib/policy-draft'

const ROWS = [
  { scope: 'perWave', of: 'hosts', label: 'Hosts of a wave' },
  { scope: 'perWave', of: 'devices', label: 'Devices of a wave' },
  { scope: 'inAll', of: 'hosts', label: 'Hosts in all' },
  { scope: 'inAll', of: 'devices', label: 'Devices in all' },
] as const

/** How many may fail before it stops: a number, a share, or both, of which the smaller decides. */
export function LimitFields({
  draft,
  faults,
  onDraft,
}: {
  draft: PolicyDraft
  faults: PolicyFaults
  onDraft: (draft: PolicyDraft) => void
}) {
  const id = useId()
  const set = (key: LimitKey, text: string) => onDraft({ ...draft, limits: { ...draft.limits, [key]: text } })
  const found = ROWS.flatMap(({ scope, of }) =>
    (['count', 'percent'] as const).flatMap((unit) => faults[`${scope}.${of}.${unit}`] ?? []),
  )
  return (
    <fieldset className="grid gap-2 border-line border-t px-3.5 py-3" aria-describedby={`${id}-note`}>
      <legend className="sr-only">Failure limits</legend>
      <p aria-hidden="true" className="font-medium">
        It stops when more than so many fail
      </p>
      <div className="grid gap-x-4 gap-y-2 sm:grid-cols-2">
        {ROWS.map(({ scope, of, label }) => (
          <div key={label} className="grid grid-cols-[minmax(0,1fr)_72px_72px] items-center gap-2">
            <span className="text-ink-2">{label}</span>
            {(['count', 'percent'] as const).map((unit) => {
              const key: LimitKey = `${scope}.${of}.${unit}`
              return (
                <div key={key} className="relative">
                  <input
                    value={draft.limits[key]}
                    inputMode="decimal"
                    autoComplete="off"
                    aria-label={`${label}, ${unit === 'count' ? 'number' : 'percent'}`}
                    aria-invalid={faults[key] ? true : undefined}
                    placeholder="–"
                    onChange={(event) => set(key, event.target.value)}
                    className="w-full rounded-md border border-line-strong bg-raised py-1 pr-6 pl-2 text-right text-sm aria-invalid:border-fail"
                  />
                  <span
                    aria-hidden="true"
                    className="pointer-events-none absolute top-[5px] right-2 text-ink-3 text-xs leading-5"
                  >
                    {unit === 'percent' ? '%' : '#'}
                  </span>
                </div>
              )
            })}
          </div>
        ))}
      </div>
      <p id={`${id}-note`} className={found.length > 0 ? 'text-fail text-xs' : 'text-ink-3 text-xs'}>
        {found[0] ??
          'A number, a share of the frozen list rounded down, or both: the smaller decides. Empty: no limit.'}
      </p>
    </fieldset>
  )
}
