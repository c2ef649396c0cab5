'use client'

import dynamic from 'next/dynamic'
import { Missing } from '@/app/_components/missing'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { isPlanOnly } from '@/app/_lib/rollout-phases'
import { useRollout } from '@/app/_lib/use-rollout'
import { RolloutRun } from './run/rollout-run'

// Once it runs nobody reads its plan here again.
const RolloutPlan = dynamic(() => import('./plan/rollout-plan').then((part) => part.RolloutPlan), {
  loading: () => <Skeleton className="h-96" />,
})

/** Until it is approved a rollout is a plan to be read; from then on it is something to be watched and steered. */
export function RolloutPage({ rolloutId }: { rolloutId: string }) {
  const { data: rollout, error, isMissing, refetch } = useRollout(rolloutId)
  if (isMissing)
    return <Missing what="No such rollout" why="The address is not whole, or it leads to another Daxfleet." />
  if (error && !rollout) return <QueryFault error={error} onRetry={() => void refetch()} />
  if (!rollout) return <Skeleton className="h-96" />
  return isPlanOnly(rollout.state) ? <RolloutPlan rollout={rollout} /> : <RolloutRun rollout={rollout} />
}
