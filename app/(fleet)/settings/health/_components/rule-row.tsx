import { HEALTH_STATES, type RuledFact } from '@/agents/protocol'
import { SelectField, TextField } from '@/app/_components/field'
import type { TypedRule } from '@/app/_lib/health-rules'
import { factWords } from '@/server/health-policy/vocabulary'

const SIDES = [
  ['warnAt', 'Warns'],
  ['blockAt', 'Blocks'],
] as const

/** One fact and its two thresholds: a number, a state by its word, or only whether it counts at all. */
export function RuleRow({
  fact,
  typed,
  fault,
  onChange,
}: {
  fact: RuledFact
  typed: TypedRule
  fault: string | null
  onChange: (rule: TypedRule) => void
}) {
  const { title, about, unit, most } = factWords[fact]
  const choices =
    fact === 'health_state'
      ? HEALTH_STATES.slice(1).map((word, at) => [String(at + 1), `from ${word}`] as const)
      : most === 1
        ? [['1', 'yes'] as const]
        : null
  const from = fact === 'spares' ? 'down to' : 'from'
  return (
    <li className="grid gap-x-6 gap-y-2 px-3.5 py-3 md:grid-cols-[minmax(0,1fr)_300px]">
      <div>
        <h3 className="font-medium">{title}</h3>
        <p className="text-ink-3 text-xs">{about}</p>
        {fault === null ? null : <p className="text-fail text-xs">{fault}</p>}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a grid everywhere, and draws a frame */}
      <div role="group" aria-label={title} className="grid grid-cols-2 gap-3">
        {SIDES.map(([side, word]) =>
          choices === null ? (
            <TextField
              key={side}
              label={`${word} ${from}`}
              hint={unit === '' ? undefined : `${unit}; empty: never`}
              inputMode="numeric"
              autoComplete="off"
              value={typed[side]}
              aria-invalid={fault === null ? undefined : true}
              onChange={(event) => onChange({ ...typed, [side]: event.target.value })}
            />
          ) : (
            <SelectField
              key={side}
              label={word}
              value={typed[side]}
              onChange={(event) => onChange({ ...typed, [side]: event.target.value })}
            >
              <option value="">never</option>
              {choices.map(([value, text]) => (
                <option key={value} value={value}>
                  {text}
                </option>
              ))}
            </SelectField>
          ),
        )}
      </div>
    </li>
  )
}
