'use client'

import { useRouter } from 'next/navigation'
import { Button } from '@/app/_components/button'
import { FaultNote } from '@/app/_components/fault-note'
import { newRolloutPath } from '@/app/_lib/kept-lists'
import type { RolloutDetail } from '@/server/rollouts/schema'

export function Discarded({ rollout }: { rollout: RolloutDetail }) {
  const router = useRouter()
  const isEmpty = rollout.reason === 'nothing_to_convert'
  return (
    <FaultNote
      tone={isEmpty ? 'warn' : 'skip'}
      live={false}
      message={isEmpty ? rollout.reasonText : 'This plan was discarded. Nothing was written to any host.'}
      next={
        isEmpty
          ? 'Read the reasons below; what can be mended can be planned anew.'
          : 'A plan that was discarded cannot be taken up again; the same targets can be planned anew.'
      }
    >
      <Button onClick={() => router.push(newRolloutPath(rollout.selector))}>
        New rollout over the same targets…
      </Button>
    </FaultNote>
  )
}
