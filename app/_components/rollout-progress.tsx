import { formatCount, plural } from '@/app/_lib/format'
import { HOST_RUN_MARKS } from '@/app/_lib/rollout-states'
import { sumCounts } from '@/app/_lib/rollout-words'
import type { HostRunState } from '@/server/rollouts/vocabulary'

/** In the order they stand in the bar: what is done, what is going on, what went wrong, what is left. */
const SHARES: readonly { states: readonly HostRunState[]; fill: string; pattern: string | null }[] = [
  { states: ['succeeded'], fill: 'fill-ok', pattern: null },
  { states: ['running'], fill: 'fill-run', pattern: null },
  { states: ['failed'], fill: 'fill-fail', pattern: 'url(#fill-cross)' },
  { states: ['void', 'cancelled'], fill: 'fill-warn', pattern: 'url(#fill-lines)' },
  { states: ['skipped', 'unstarted'], fill: 'fill-line-strong', pattern: 'url(#fill-hatch)' },
]
const WIDTH = 120

/** Hosts of a rollout by outcome, in one bar; its words say the same. */
export function RolloutProgress({ hostsByState }: { hostsByState: Readonly<Record<string, number>> }) {
  const total = sumCounts(hostsByState)
  if (total === 0) return <span className="text-ink-3">–</span>
  let x = 0
  const words = Object.entries(hostsByState)
    .map(([state, hosts]) => `${formatCount(hosts)} ${wordOf(state)}`)
    .join(', ')
  return (
    <svg
      role="img"
      aria-label={`${plural(total, 'host')}: ${words}`}
      width={WIDTH}
      height="8"
      viewBox={`0 0 ${WIDTH} 8`}
      className="max-w-full rounded-sm"
    >
      <title>{words}</title>
      <rect width={WIDTH} height="8" className="fill-wait-bg" />
      {SHARES.map(({ states, fill, pattern }) => {
        const width = (sumCounts(hostsByState, ...states) * WIDTH) / total
        const place = { x, y: 0, width, height: 8 }
        x += width
        return width === 0 ? null : (
          <g key={fill}>
            <rect {...place} className={fill} />
            {pattern === null ? null : <rect {...place} fill={pattern} opacity="0.5" />}
          </g>
        )
      })}
    </svg>
  )
}

function wordOf(state: string): string {
  const mark = Object.entries(HOST_RUN_MARKS).find(([name]) => name === state)?.[1]
  return (mark?.word ?? state).toLowerCase()
}
