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

/** On or off. */
export function Toggle({
  label,
  pressed,
  onPress,
}: {
  label: string
  pressed: boolean
  onPress: () => void
}) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onPress}
      className={clsx(
        'rounded-md border px-2 py-px text-xs',
        pressed
          ? 'border-accent bg-run-bg font-medium text-ink'
          : 'border-line-strong text-ink-2 hover:bg-wait-bg',
      )}
    >
      {label}
    </button>
  )
}
