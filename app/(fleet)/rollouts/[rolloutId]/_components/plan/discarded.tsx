'use client'

import { useRouter } from 'next/navigation'
import { Button } from '@/app/_components/button'
import { FaultNote } from '@/app/_components/fault-note'
import { newRolloutPath } from '@/app/_lib/kept-lists'
import type { RolloutDetail } from '@/server/rollouts/schema'

export function Discarded({ rollout }: { rollout: RolloutDetail }) {
  const router = useRouter()
  // It came to nothing by itself; without a reason a person threw it away.
  const isEmpty = rollout.reasonText !== ''
  const next =
    rollout.reason === 'fleet_floor'
      ? 'Name fewer hosts, free memory elsewhere, or have an admin lower the fleet’s floor in Settings.'
      : 'Read the reasons below; what can be mended can be planned anew.'
  return (
    <FaultNote
      tone={isEmpty ? 'warn' : 'skip'}
      live={false}
      message={isEmpty ? rollout.reasonText : 'This plan was discarded. Nothing was written to any host.'}
      next={
        isEmpty
          ? next
          : 'A plan that was discarded cannot be taken up again; the same targets can be planned anew.'
      }
    >
      <Button onClick={() => router.push(newRolloutPath(rollout.selector, rollout.kind))}>
        New rollout over the same targets…
      </Button>
    </FaultNote>
  )
}
