/** Which label groups the hosts; none shows them all as one. */
export function GroupPicker({
  keys,
  value,
  onValue,
}: {
  keys: readonly string[]
  value: string | null
  onValue: (key: string | null) => void
}) {
  const offered = value !== null && !keys.includes(value) ? [...keys, value] : keys
  return (
    <label className="flex items-center gap-1.5 text-ink-2 text-xs">
      Group by
      <select
        value={value ?? ''}
        onChange={(event) => onValue(event.target.value === '' ? null : event.target.value)}
        className="h-6 rounded-md border border-line-strong bg-raised px-1.5 text-ink text-xs"
      >
        <option value="">nothing</option>
        {offered.map((key) => (
          <option key={key} value={key}>
            {key}
          </option>
        ))}
      </select>
    </label>
  )
}
