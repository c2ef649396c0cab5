import { formatMoment } from '@/app/_lib/format'
import { LineSwatch, Swatch } from './swatch'
import type { Reading } from './time-chart'

/** What is what, and how much of it at the cursor; without one, at the end. Its height does not change as one moves. */
export function ChartLegend({
  readings,
  atSeconds,
  isLatest,
}: {
  readings: readonly Reading[]
  atSeconds: number | null
  isLatest: boolean
}) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-ink-2 text-xs">
      {readings.map(({ key, label, text, fill, shade, dash }) => (
        <span key={key} className="flex items-center gap-1.5">
          {fill === null ? <LineSwatch dash={dash} /> : <Swatch fill={fill} shade={shade} />}
          {label}
          <span className="min-w-16 font-medium text-ink">{text}</span>
        </span>
      ))}
      <span className="ml-auto text-ink-3">
        {atSeconds === null
          ? 'no reading yet'
          : `${isLatest ? 'latest, ' : ''}${formatMoment(new Date(atSeconds * 1000))}`}
      </span>
    </div>
  )
}
