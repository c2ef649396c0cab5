import { formatBytes, formatExactBytes, formatSignedBytes } from '@/app/_lib/format'

/** Binary units, the exact figure on hover; a dash where nothing is known. */
export function Bytes({ value, signed = false }: { value: bigint | null | undefined; signed?: boolean }) {
  if (value === null || value === undefined) return <span className="text-ink-3">–</span>
  return (
    <data value={value.toString()} title={formatExactBytes(value)}>
      {signed ? formatSignedBytes(value) : formatBytes(value)}
    </data>
  )
}
