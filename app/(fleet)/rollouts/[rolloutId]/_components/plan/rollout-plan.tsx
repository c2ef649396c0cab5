import type { RolloutDetail } from '@/server/rollouts/schema'
import { RolloutHeader } from '../rollout-header'

/** A rollout that nobody has approved. */
export function RolloutPlan({ rollout }: { rollout: RolloutDetail }) {
  return <RolloutHeader rollout={rollout} />
}
