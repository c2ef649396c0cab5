import Link from 'next/link'
import type { ReactNode } from 'react'
import { StatePill } from '@/app/_components/state-pill'
import { ROLLOUT_MARKS } from '@/app/_lib/rollout-states'
import type { RolloutDetail } from '@/server/rollouts/schema'

/** Where one is, the state, one true sentence, and what can be done. */
export function RolloutHeader({
  rollout,
  sentence,
  actions,
}: {
  rollout: RolloutDetail
  sentence?: ReactNode
  actions?: ReactNode
}) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <div className="min-w-0">
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
        <h1 className="truncate font-semibold text-[19px] leading-7">{rollout.name}</h1>
      </div>
      <StatePill {...ROLLOUT_MARKS[rollout.state]} />
      <p className="min-w-0 flex-1 basis-56 text-ink-2 text-lead">{sentence}</p>
      {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
    </div>
  )
}
