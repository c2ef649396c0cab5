import { clsx } from 'clsx'
import { plural } from '@/app/_lib/format'
import type { PreviewOutput } from '@/server/rollouts/targets/preview-schema'

export type Spreads = Extract<PreviewOutput, { type: 'resolved' }>['spreads']

/** Labels the matching hosts have, to be taken by a press; nothing where they have none to spread by. */
export function SpreadChoices({
  spreads,
  chosen,
  onChoice,
}: {
  spreads: Spreads
  chosen: string
  onChoice: (label: string) => void
}) {
  if (spreads.length === 0) return null
  return (
    <fieldset className="flex flex-wrap items-center gap-1.5" aria-label="Labels of these hosts">
      {spreads.map(({ label, values, hosts }) => (
        <button
          key={label}
          type="button"
          aria-pressed={label === chosen}
          title={`${plural(hosts, 'host')} in ${plural(values, 'value')} of ${label}`}
          onClick={() => onChoice(label === chosen ? '' : label)}
          className={clsx(
            'rounded-sm border px-1.5 text-xs max-sm:py-1',
            label === chosen
              ? 'border-accent bg-run-bg text-ink'
              : 'border-line-strong text-ink-2 hover:bg-wait-bg',
          )}
        >
          <span className="font-mono">{label}</span> · {values}
        </button>
      ))}
    </fieldset>
  )
}
