import { Bytes } from '@/app/_components/bytes'
import { Tiles } from '@/app/_components/tiles'
import { plural } from '@/app/_lib/format'
import type { PlanView } from '@/server/plans/schema'

export function PlanTiles({ plan }: { plan: PlanView }) {
  return (
    <Tiles
      label="What the conversion would bring"
      tiles={[
        {
          label: 'Gain',
          value: plan.gainBytes === null ? '–' : <Bytes value={plan.gainBytes} signed />,
          note: plan.targetNode === null ? '' : `on node ${plan.targetNode}`,
        },
        {
          label: 'Lost to alignment',
          value: <Bytes value={plan.lostBytes} />,
          note: 'ends that fill no whole block',
        },
        {
          label: 'Cost in page structures',
          value: <Bytes value={plan.memmapBytes} />,
          note: plan.memmapFrom === 'device' ? 'out of the new memory' : 'out of the memory there is now',
        },
        {
          label: 'Memory blocks',
          value: plan.blockCount ?? '–',
          note:
            plan.blockCount === null
              ? ''
              : `${plural(Math.max(0, plan.blockCount - plan.onlineBlocks), 'block')} to bring online`,
        },
        {
          label: 'Reversible',
          value: plan.reversible === null ? '–' : plan.reversible.yes ? 'yes' : 'no',
          note: plan.zone === 'movable' ? 'as long as it is movable' : '',
          small: true,
        },
      ]}
    />
  )
}
