'use client'

import { Missing } from '@/app/_components/missing'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { isPlanOnly } from '@/app/_lib/rollout-states'
import { useRollout } from '@/app/_lib/use-rollout'
import { RolloutPlan } from './plan/rollout-plan'
import { RolloutRun } from './run/rollout-run'

/** Until it is approved a rollout is a plan to be read; from then on it is something to be watched and steered. */
export function RolloutPage({ rolloutId }: { rolloutId: string }) {
  const { data: rollout, error, isMissing, refetch } = useRollout(rolloutId)
  if (isMissing)
    return <Missing what="No such rollout" why="The address is not whole, or it leads to another Daxfleet." />
  if (error && !rollout) return <QueryFault error={error} onRetry={() => void refetch()} />
  if (!rollout) return <Skeleton className="h-96" />
  return isPlanOnly(rollout.state) ? <RolloutPlan rollout={rollout} /> : <RolloutRun rollout={rollout} />
}
