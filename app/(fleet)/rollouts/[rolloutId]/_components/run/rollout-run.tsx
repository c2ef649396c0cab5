'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { isLiveRollout } from '@/app/_lib/rollout-phases'
import { useTRPC } from '@/app/_lib/trpc'
import type { RolloutDetail } from '@/server/rollouts/schema'
import { CausesCard } from './causes-card'
import { useMatrixView } from './matrix/use-matrix-view'
import { RunBar } from './run-bar'
import { RunNotes } from './run-notes'
import { RunTotals } from './run-totals'
import { WaveAnnouncer } from './wave-announcer'
import { WavesCard } from './waves-card'

// Below the bar and the waves, which are what somebody comes for at once.
const MatrixCard = dynamic(() => import('./matrix/matrix-card').then((part) => part.MatrixCard), {
  loading: () => <Skeleton className="h-72" />,
})
const HostDrawer = dynamic(() => import('./drawer/host-drawer').then((part) => part.HostDrawer), {
  ssr: false,
})

/** A net below the live stream: a soak that ends and a worker that is gone send no event. */
const WATCH_EVERY_MS = 5_000

/** An approved rollout as it goes, and as it went. */
export function RolloutRun({ rollout }: { rollout: RolloutDetail }) {
  const trpc = useTRPC()
  const [view, setView] = useMatrixView()
  const query = useQuery(
    trpc.rollouts.progress.queryOptions(
      { rolloutId: rollout.id },
      {
        refetchInterval: ({ state }) =>
          state.data && isLiveRollout(state.data.state) ? WATCH_EVERY_MS : false,
      },
    ),
  )
  const progress = query.data
  if (query.error && !progress) return <QueryFault error={query.error} onRetry={() => void query.refetch()} />
  if (!progress) return <Skeleton className="h-96" />
  return (
    <>
      <RunBar rollout={rollout} progress={progress} receivedAtMs={query.dataUpdatedAt} />
      <WaveAnnouncer rollout={rollout} progress={progress} />
      <RunNotes progress={progress} receivedAtMs={query.dataUpdatedAt} />
      <RunTotals rollout={rollout} progress={progress} />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_400px]">
        <WavesCard rollout={rollout} progress={progress} receivedAtMs={query.dataUpdatedAt} />
        <CausesCard rollout={rollout} progress={progress} />
      </div>
      <MatrixCard rollout={rollout} progress={progress} view={view} setView={setView} />
      {view.host === null ? null : (
        <HostDrawer rollout={rollout} hostId={view.host} onClose={() => void setView({ host: null })} />
      )}
    </>
  )
}
