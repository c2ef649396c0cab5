import { useMemo } from 'react'
import type { CapacityMap } from '@/server/capacity/schema'
import { FILL_ORDER, FILL_WORDS, mapLook } from './map-fills'
import { type Colouring, needsAttention, usedFills } from './map-paths'

/** What the squares' fills mean: those that are in the map, and no others. */
export function MapLegend({ map, colour }: { map: CapacityMap; colour: Colouring }) {
  const used = useMemo(() => usedFills(map, colour), [map, colour])
  const hasAttention = colour !== 'state' && map.ids.some((_, place) => needsAttention(map, place))
  return (
    <div className="flex flex-wrap gap-x-4 gap-y-1 text-ink-2 text-xs">
      {[...used]
        .sort((a, b) => FILL_ORDER.indexOf(a) - FILL_ORDER.indexOf(b))
        .map((fill) => {
          const { color, over } = mapLook(fill)
          return (
            <span key={fill} className="flex items-center gap-1.5">
              <svg aria-hidden="true" width="12" height="12" className="rounded-[2px]">
                <rect width="12" height="12" className={color} />
                {over === null ? null : <rect width="12" height="12" fill={over} />}
              </svg>
              {FILL_WORDS[fill]}
            </span>
          )
        })}
      {hasAttention ? (
        <span className="flex items-center gap-1.5">
          <svg aria-hidden="true" width="12" height="12">
            <rect x="1" y="1" width="10" height="10" className="fill-none stroke-fail" strokeWidth="1.5" />
          </svg>
          needs attention
        </span>
      ) : null}
    </div>
  )
}
