import { clsx } from 'clsx'

/** One of a few, all in sight. */
export function Segments<Value extends string>({
  label,
  values,
  words,
  value,
  onValue,
}: {
  label: string
  values: readonly Value[]
  words: Readonly<Record<Value, string>>
  /** Null where none of them is so. */
  value: Value | null
  onValue: (value: Value) => void
}) {
  return (
    <fieldset className="flex w-fit rounded-md border border-line-strong p-px">
      <legend className="sr-only">{label}</legend>
      {values.map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === value}
          onClick={() => onValue(each)}
          className={clsx(
            'rounded-[5px] px-2 py-0.5 text-xs whitespace-nowrap',
            each === value ? 'bg-run-bg font-medium text-ink' : 'text-ink-2 hover:bg-wait-bg',
          )}
        >
          {words[each]}
        </button>
      ))}
    </fieldset>
  )
}
