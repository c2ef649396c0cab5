import type { RolloutDetail } from '@/server/rollouts/schema'
import { RolloutHeader } from '../rollout-header'

/** An approved rollout, as it goes. */
export function RolloutRun({ rollout }: { rollout: RolloutDetail }) {
  return <RolloutHeader rollout={rollout} />
}
