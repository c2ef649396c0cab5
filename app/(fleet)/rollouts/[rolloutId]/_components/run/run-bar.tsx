'use client'

import Link from 'next/link'
import { StatePill } from '@/app/_components/state-pill'
import { formatAgo } from '@/app/_lib/format'
import { useLiveLostAt } from '@/app/_lib/live-state'
import { isLiveRollout } from '@/app/_lib/rollout-phases'
import { progressSentence } from '@/app/_lib/rollout-run-words'
import { ROLLOUT_MARKS } from '@/app/_lib/rollout-states'
import { GLYPHS } from '@/app/_lib/states'
import { useNow } from '@/app/_lib/use-now'
import { useTabIcon } from '@/app/_lib/use-tab-icon'
import { useTabTitle } from '@/app/_lib/use-tab-title'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutProgress } from '@/server/rollouts/views/progress-schema'
import { RunControls } from './run-controls'

/** Stays in view: what it is, how it stands and why, and what can be told it. */
export function RunBar({
  rollout,
  progress,
  receivedAtMs,
}: {
  rollout: RolloutDetail
  progress: RolloutProgress
  receivedAtMs: number
}) {
  const mark = ROLLOUT_MARKS[progress.state]
  const sentence = progressSentence(progress, rollout.policy)
  const isHeld = progress.state === 'running' && progress.holds.some(({ type }) => type === 'fleet_stop')
  const shown = isHeld ? { tone: 'fail' as const, word: 'Held' } : mark
  useTabTitle(`${GLYPHS[shown.tone]} ${shown.word} · ${rollout.name}`)
  useTabIcon(shown.tone)
  return (
    <div className="top-0 z-20 -mx-4 -mt-[18px] flex flex-wrap items-center gap-x-3 gap-y-2 border-line border-b bg-bg px-4 py-2.5 sm:-mx-5 sm:px-5 md:sticky">
      <div className="min-w-0 max-w-full">
        <p className="text-ink-3 text-xs">
          <Link href="/rollouts" className="rounded-sm hover:text-ink hover:underline">
            Rollouts
          </Link>
          {rollout.digest === null ? null : (
            <>
              {' / '}digest{' '}
              <span className="font-mono" title={rollout.digest}>
                {rollout.digest.slice(0, 8)}
              </span>
            </>
          )}
        </p>
        <h1 className="truncate font-semibold text-title tracking-tight">{rollout.name}</h1>
      </div>
      <StatePill {...shown} />
      <div className="min-w-0 flex-1 basis-64">
        <p className="text-ink-2 text-lead">{sentence}</p>
        <p className="text-ink-3 text-xs empty:hidden">
          {isLiveRollout(progress.state) ? progress.reasonText : null}
          <LastHeard receivedAtMs={receivedAtMs} />
        </p>
      </div>
      <RunControls rollout={rollout} progress={progress} />
    </div>
  )
}

/** While the stream is cut: how old what one sees is. */
function LastHeard({ receivedAtMs }: { receivedAtMs: number }) {
  const lostAt = useLiveLostAt()
  const now = useNow()
  if (lostAt === null) return null
  const at = new Date(receivedAtMs)
  return <span className="text-lost"> No live connection. Updated {formatAgo(at, now < at ? at : now)}.</span>
}
