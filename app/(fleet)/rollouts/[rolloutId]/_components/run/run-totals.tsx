'use client'

import { Bytes } from '@/app/_components/bytes'
import { Tiles } from '@/app/_components/tiles'
import { formatCount, formatDuration } from '@/app/_lib/format'
import { KIND_WORDS } from '@/app/_lib/kind-words'
import { etaMs, outcomeCount } from '@/app/_lib/rollout-run-words'
import { sumCounts } from '@/app/_lib/rollout-words'
import { useNow } from '@/app/_lib/use-now'
import { takesAway } from '@/server/plans/vocabulary'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutProgress } from '@/server/rollouts/views/progress-schema'

/** The figures of the whole: each is read from rows, and bytes only from what the kernel showed afterwards. */
export function RunTotals({ rollout, progress }: { rollout: RolloutDetail; progress: RolloutProgress }) {
  const converted = outcomeCount(progress, 'converted')
  const failed = outcomeCount(progress, 'failed')
  const allowed = progress.limits.find(({ reason }) => reason === 'hosts_failed')?.allowed ?? progress.hosts
  const devices = sumCounts(progress.devicesByState, 'converted', 'restored', 'already')
  const { past } = KIND_WORDS[rollout.kind]
  return (
    <Tiles
      label="The rollout in figures"
      tiles={[
        {
          label: takesAway(rollout.kind) ? 'Given back, read back' : 'Gained, read back',
          value: <Bytes value={progress.gainedBytes} signed={takesAway(rollout.kind)} />,
          note: (
            <>
              of <Bytes value={rollout.gainBytes} /> predicted
            </>
          ),
        },
        {
          label: `Hosts ${past}`,
          value: formatCount(converted),
          note: `of ${formatCount(progress.hosts)}`,
        },
        {
          label: `Devices ${past}`,
          value: formatCount(devices),
          note: `of ${formatCount(progress.devices)}`,
        },
        {
          label: 'Hosts failed',
          value: formatCount(failed),
          note: allowed >= progress.hosts ? 'no limit on all' : `of ${formatCount(allowed)} allowed`,
        },
        { label: progress.endedAt === null ? 'Running for' : 'Took', ...useTimes(progress), small: true },
      ]}
    />
  )
}

function useTimes(progress: RolloutProgress) {
  const now = useNow()
  const { approvedAt, endedAt } = progress
  if (approvedAt === null) return { value: '–' }
  const ms = Math.max(0, (endedAt ?? now).getTime() - approvedAt.getTime())
  const left = etaMs(progress)
  return {
    value: formatDuration(Math.floor(ms / 1000) * 1000),
    note: left === null ? null : `this wave: about ${formatDuration(left)} more`,
  }
}
