import type { Metadata } from 'next'
import { createRolloutInput } from '@/server/rollouts/schema'
import { NewRollout } from './_components/new-rollout'

export const metadata: Metadata = { title: 'New rollout' }

export default function Page() {
  // Read here, so that the validator stays on the server.
  const defaults = createRolloutInput.shape.policy.parse({
    waves: [{ percent: 10 }, { percent: 25 }, { percent: 100 }],
  })
  return <NewRollout defaults={defaults} />
}
