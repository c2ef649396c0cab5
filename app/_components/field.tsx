import { clsx } from 'clsx'
import { type ComponentProps, type ReactNode, useId } from 'react'

const BOX =
  'w-full rounded-md border border-line-strong bg-raised px-2.5 py-1 text-sm text-ink aria-invalid:border-fail'

function Labelled({
  id,
  label,
  hint,
  error,
  children,
}: {
  id: string
  label: ReactNode
  hint?: ReactNode
  error?: string | null | undefined
  children: ReactNode
}) {
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children}
      {error ? (
        <p id={`${id}-note`} className="text-fail text-xs">
          {error}
        </p>
      ) : hint ? (
        <p id={`${id}-note`} className="text-ink-3 text-xs">
          {hint}
        </p>
      ) : null}
    </div>
  )
}

interface FieldProps {
  label: ReactNode
  hint?: ReactNode
  error?: string | null | undefined
  mono?: boolean
}

export function TextField({
  label,
  hint,
  error,
  mono,
  className,
  ...rest
}: FieldProps & ComponentProps<'input'>) {
  const id = useId()
  return (
    <Labelled id={id} label={label} hint={hint} error={error}>
      <input
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={hint || error ? `${id}-note` : undefined}
        className={clsx(BOX, mono && 'font-mono text-xs leading-5', className)}
      />
    </Labelled>
  )
}

export function TextAreaField({
  label,
  hint,
  error,
  mono,
  className,
  ...rest
}: FieldProps & ComponentProps<'textarea'>) {
  const id = useId()
  return (
    <Labelled id={id} label={label} hint={hint} error={error}>
      <textarea
        spellCheck={false}
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={hint || error ? `${id}-note` : undefined}
        className={clsx(BOX, 'py-2', mono && 'font-mono text-xs leading-5', className)}
      />
    </Labelled>
  )
}

export function SelectField({
  label,
  hint,
  error,
  className,
  ...rest
}: FieldProps & ComponentProps<'select'>) {
  const id = useId()
  return (
    <Labelled id={id} label={label} hint={hint} error={error}>
      <select
        {...rest}
        id={id}
        aria-describedby={hint || error ? `${id}-note` : undefined}
        className={clsx(BOX, 'h-[30px]', className)}
      />
    </Labelled>
  )
}
