'use client'

/** A moment in the viewer's own zone, to the minute; empty means none. */
export function MomentField({
  label,
  value,
  onChange,
}: {
  label: string
  value: Date | null
  onChange: (value: Date | null) => void
}) {
  return (
    <label className="flex items-center gap-1.5 text-ink-3 text-xs">
      {label}
      <input
        type="datetime-local"
        value={value === null ? '' : localMinute(value)}
        onChange={(event) => {
          const at = new Date(event.target.value)
          onChange(Number.isNaN(at.getTime()) ? null : at)
        }}
        className="h-[30px] rounded-md border border-line-strong bg-raised px-2 text-ink text-xs"
      />
    </label>
  )
}

/** `2026-11-23T09:30`, as the field wants it. */
function localMinute(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
