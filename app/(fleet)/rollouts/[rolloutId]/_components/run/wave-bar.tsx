import { clsx } from 'clsx'
import { OUTCOME_MARKS, OUTCOMES } from '@/app/_lib/rollout-run-words'
import type { RolloutProgress } from '@/server/rollouts/views/progress-schema'
import type { HostOutcome } from '@/server/rollouts/vocabulary'

/** Told apart by pattern as well as by colour. */
const FILLS: Record<HostOutcome, string> = {
  converted: 'bg-ok',
  running: 'bg-run bg-stripes',
  unknown: 'bg-lost bg-grid',
  failed: 'bg-fail bg-bars',
  void: 'bg-warn bg-bars',
  cancelled: 'bg-ink-3',
  skipped: 'bg-ink-3 bg-stripes',
  unstarted: 'bg-line-strong bg-grid',
  pending: 'bg-line-strong',
}

/** A wave's hosts by outcome. One failed host of a thousand is still a stripe one can see. */
export function WaveBar({ wave, name }: { wave: RolloutProgress['waves'][number]; name: string }) {
  const parts = OUTCOMES.flatMap((outcome) => {
    const count = wave.hostsByOutcome[outcome] ?? 0
    return count === 0 ? [] : [{ outcome, count }]
  })
  const words = parts.map(({ outcome, count }) => `${count} ${OUTCOME_MARKS[outcome].word.toLowerCase()}`)
  return (
    <div
      role="img"
      aria-label={`${name}: ${words.join(', ')}`}
      className="flex h-3.5 gap-px overflow-hidden rounded-[3px]"
    >
      {parts.map(({ outcome, count }) => (
        <span
          key={outcome}
          ref={widthOf(count)}
          title={`${count} ${OUTCOME_MARKS[outcome].word.toLowerCase()}`}
          className={clsx('block min-w-[4px] basis-0', FILLS[outcome])}
        />
      ))}
    </div>
  )
}

/** Sizes are set on the mounted element: a style attribute in the page's HTML would be refused by its policy. */
function widthOf(count: number) {
  return (element: HTMLElement | null) => {
    if (element) element.style.flexGrow = String(count)
  }
}
