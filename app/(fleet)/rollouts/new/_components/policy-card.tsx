'use client'

import { Card } from '@/app/_components/card'
import { TextField } from '@/app/_components/field'
import type { PolicyDraft, PolicyFaults } from '@/app/_lib/policy-draft'
import { LimitFields } from './limit-fields'
import { SpreadChoices, type Spreads } from './spread-choices'
import { WindowFields } from './window-fields'

type TextKey =
  | 'canaryHosts'
  | 'waves'
  | 'maxInFlightHosts'
  | 'spreadByLabel'
  | 'soak'
  | 'deadline'
  | 'retries'

const FIELDS: readonly { key: TextKey; label: string; hint: string; isNumber?: boolean }[] = [
  {
    key: 'canaryHosts',
    label: 'Canary hosts',
    hint: 'The first wave, small enough to lose. 0: none.',
    isNumber: true,
  },
  {
    key: 'waves',
    label: 'Waves after it',
    hint: 'Hosts or shares of the list, as 5, 10 %, rest. The last is repeated.',
  },
  {
    key: 'maxInFlightHosts',
    label: 'Hosts in flight',
    hint: 'At most so many at the same time; never more than may still fail.',
    isNumber: true,
  },
  {
    key: 'spreadByLabel',
    label: 'Spread by label',
    hint: 'Never all hosts of one value in a wave, such as a whole rack. Empty: not spread.',
  },
  {
    key: 'soak',
    label: 'Soak after each wave',
    hint: 'Wait so long, then read every host that came out well again.',
  },
  {
    key: 'deadline',
    label: 'Deadline per host',
    hint: 'Then it is asked to stop, and has failed.',
  },
  {
    key: 'retries',
    label: 'Retries',
    hint: 'After a fault on the way to a host, before anything is written.',
    isNumber: true,
  },
]

/** How carefully: each matter one field and one line that says what it does. */
export function PolicyCard({
  draft,
  faults,
  spreads,
  onDraft,
}: {
  draft: PolicyDraft
  faults: PolicyFaults
  spreads: Spreads
  onDraft: (draft: PolicyDraft) => void
}) {
  return (
    <Card title="Policy" meta="part of what is approved">
      <div className="grid items-start gap-x-4 gap-y-3.5 px-3.5 py-3 sm:grid-cols-2">
        {FIELDS.map(({ key, label, hint, isNumber }) => (
          <div key={key} className="grid gap-1">
            <TextField
              mono={key === 'waves' || key === 'spreadByLabel'}
              label={label}
              hint={hint}
              error={faults[key]}
              inputMode={isNumber ? 'numeric' : 'text'}
              autoComplete="off"
              spellCheck={false}
              placeholder={key === 'spreadByLabel' ? 'rack' : undefined}
              value={draft[key]}
              onChange={(event) => onDraft({ ...draft, [key]: event.target.value })}
            />
            {key === 'spreadByLabel' ? (
              <SpreadChoices
                spreads={spreads}
                chosen={draft.spreadByLabel.trim()}
                onChoice={(spreadByLabel) => onDraft({ ...draft, spreadByLabel })}
              />
            ) : null}
          </div>
        ))}
      </div>
      <LimitFields draft={draft} faults={faults} onDraft={onDraft} />
      <WindowFields
        window={draft.window}
        fault={faults.window}
        onWindow={(window) => onDraft({ ...draft, window })}
      />
    </Card>
  )
}
