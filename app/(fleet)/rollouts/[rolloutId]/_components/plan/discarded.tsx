import { ButtonLink } from '@/app/_components/button'
import { FaultNote } from '@/app/_components/fault-note'
import { newRolloutQuery } from '@/app/_lib/kept-lists'
import type { RolloutDetail } from '@/server/rollouts/schema'

export function Discarded({ rollout }: { rollout: RolloutDetail }) {
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
      <ButtonLink href={{ pathname: '/rollouts/new', query: newRolloutQuery(rollout.selector) }}>
        New rollout over the same targets
      </ButtonLink>
    </FaultNote>
  )
}
