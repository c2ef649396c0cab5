'use client'

import { useId } from 'react'
import { TextField } from '@/app/_components/field'
import { DAY_WORDS } from '@/app/_lib/policy-words'
import type { StartWindow } from '@/server/rollouts/policy'

type Day = StartWindow['days'][number]
const DAYS = Object.keys(DAY_WORDS) as Day[]

/** When hosts may be started. What is in flight at its end is not cut short. */
export function WindowFields({
  window,
  fault,
  onWindow,
}: {
  window: StartWindow | null
  fault: string | undefined
  onWindow: (window: StartWindow | null) => void
}) {
  const id = useId()
  return (
    <fieldset className="grid gap-2.5 border-line border-t px-3.5 py-3">
      <legend className="sr-only">Start window</legend>
      <label className="flex items-center gap-2 font-medium">
        <input
          type="checkbox"
          checked={window !== null}
          onChange={(event) => onWindow(event.target.checked ? usualWindow() : null)}
          className="size-3.5 accent-accent"
        />
        Start hosts only in a window
        <span className="font-normal text-ink-3 text-xs">otherwise at any time, from the approval on</span>
      </label>
      {window === null ? null : (
        <div className="grid gap-2.5">
          <div className="flex flex-wrap gap-1.5">
            {DAYS.map((day) => (
              <label
                key={day}
                className="cursor-pointer rounded-sm border border-line-strong px-2 text-ink-2 text-xs leading-[22px] focus-within:outline-2 focus-within:outline-focus focus-within:outline-offset-2 has-checked:border-accent has-checked:bg-run-bg has-checked:text-ink"
              >
                <input
                  type="checkbox"
                  checked={window.days.includes(day)}
                  onChange={(event) =>
                    onWindow({
                      ...window,
                      days: DAYS.filter((each) =>
                        each === day ? event.target.checked : window.days.includes(each),
                      ),
                    })
                  }
                  className="sr-only"
                />
                {DAY_WORDS[day]}
              </label>
            ))}
          </div>
          <div className="grid gap-x-4 gap-y-2.5 sm:grid-cols-[110px_110px_minmax(0,1fr)]">
            <TextField
              type="time"
              label="From"
              value={window.from}
              onChange={(event) => onWindow({ ...window, from: event.target.value })}
            />
            <TextField
              type="time"
              label="Until"
              value={window.until}
              onChange={(event) => onWindow({ ...window, until: event.target.value })}
            />
            <TextField
              label="Time zone"
              list={`${id}-zones`}
              autoComplete="off"
              spellCheck={false}
              value={window.timeZone}
              onChange={(event) => onWindow({ ...window, timeZone: event.target.value })}
            />
            <datalist id={`${id}-zones`}>
              {Intl.supportedValuesOf('timeZone').map((zone) => (
                <option key={zone} value={zone} />
              ))}
            </datalist>
          </div>
          <p className={fault ? 'text-fail text-xs' : 'text-ink-3 text-xs'} aria-live="polite">
            {fault ??
              'An end before the beginning reaches into the next day. Hosts in flight at its end go on.'}
          </p>
        </div>
      )}
    </fieldset>
  )
}

/** Weeknights, where whoever asks is. */
function usualWindow(): StartWindow {
  return {
    days: ['mon', 'tue', 'wed', 'thu', 'fri'],
    from: '22:00',
    until: '05:00',
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC',
  }
}
