import { Button } from '../button'
import { RANGE_NAMES, type RangeName } from './ranges'
import { Segments } from './segments'

export const RANGE_WORDS: Record<RangeName, string> = {
  '1h': '1 h',
  '6h': '6 h',
  '24h': '24 h',
  '7d': '7 d',
  '30d': '30 d',
  '90d': '90 d',
  '1y': '1 y',
  '2y': '2 y',
}

/** How far back, and the way back from what was brushed. */
export function RangePicker({
  name,
  isZoomed,
  onRange,
  onZoomOut,
}: {
  name: RangeName
  isZoomed: boolean
  onRange: (name: RangeName) => void
  onZoomOut: () => void
}) {
  return (
    <div className="flex max-w-full flex-wrap items-center gap-2">
      <Segments
        label="Range of time"
        values={RANGE_NAMES}
        words={RANGE_WORDS}
        value={isZoomed ? null : name}
        onValue={onRange}
      />
      {isZoomed ? (
        <Button className="py-0.5 text-xs" onClick={onZoomOut}>
          Zoom out to {RANGE_WORDS[name]}
        </Button>
      ) : null}
    </div>
  )
}
