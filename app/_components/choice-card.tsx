import { clsx } from 'clsx'
import { type ReactNode, useId } from 'react'
import { Card } from './card'

export interface CardChoice<Value extends string> {
  value: Value
  title: ReactNode
  what: string
}

const COLUMNS: Readonly<Record<number, string>> = {
  2: 'md:grid-cols-2',
  3: 'md:grid-cols-3',
  4: 'md:grid-cols-2 xl:grid-cols-4 md:max-xl:[&>label:nth-of-type(-n+2)]:border-b',
}

/** One of a few, each with a sentence that says what follows from it. */
export function ChoiceCard<Value extends string>({
  title,
  meta,
  choices,
  value,
  onChoice,
}: {
  title: string
  meta: string
  choices: readonly CardChoice<Value>[]
  value: Value
  onChoice: (value: Value) => void
}) {
  const name = useId()
  return (
    <Card title={title} meta={meta}>
      <fieldset className={clsx('grid', COLUMNS[choices.length])}>
        <legend className="sr-only">{title}</legend>
        {choices.map((choice) => (
          <label
            key={choice.value}
            className={clsx(
              'grid cursor-pointer grid-cols-[20px_minmax(0,1fr)] content-start gap-y-0.5 border-line px-3.5 py-3 not-last:max-md:border-b not-last:md:border-r',
              value === choice.value ? 'bg-run-bg' : 'hover:bg-bg',
            )}
          >
            <input
              type="radio"
              name={name}
              value={choice.value}
              checked={value === choice.value}
              onChange={() => onChoice(choice.value)}
              className="mt-[3px] size-3.5 accent-accent"
            />
            <span className="font-medium">{choice.title}</span>
            <span />
            <span className="text-ink-2 text-xs">{choice.what}</span>
          </label>
        ))}
      </fieldset>
    </Card>
  )
}
