import { Bytes } from '@/app/_components/bytes'
import { Tiles } from '@/app/_components/tiles'
import { formatBytes, formatCount } from '@/app/_lib/format'
import type { RolloutPlanView } from '@/server/rollouts/views/plan-schema'
import { memoryTile } from './memory-tile'

/** Before and after of all hosts that take part, as their agents predict it. */
export function PlanTotals({ plan, hosts }: { plan: RolloutPlanView; hosts: number }) {
  const devices = plan.reversibleDevices + plan.irreversibleDevices
  return (
    <Tiles
      label="What the rollout would bring"
      tiles={[
        memoryTile(plan, hosts),
        {
          label: 'Gain',
          value: <Bytes value={plan.gainBytes} signed />,
          note: plan.kinds.map(({ kind, gainBytes }) => `${formatBytes(gainBytes)} ${kind}`).join(' · '),
        },
        {
          label: 'Lost to alignment',
          value: <Bytes value={plan.lostBytes} />,
          note: 'ends that fill no whole block',
        },
        {
          label: 'Cost in page structures',
          value: <Bytes value={plan.memmapNormalBytes + plan.memmapDeviceBytes} />,
          note:
            plan.memmapDeviceBytes === 0n ? (
              'out of the memory there is now'
            ) : (
              <>
                <Bytes value={plan.memmapNormalBytes} /> of it out of memory there is now
              </>
            ),
        },
        {
          label: 'Reversible',
          value:
            plan.irreversibleDevices === 0
              ? 'all'
              : plan.reversibleDevices === 0
                ? 'none'
                : `${formatCount(plan.reversibleDevices)} of ${formatCount(devices)}`,
          note: plan.irreversibleDevices === 0 ? 'as long as it stays movable' : 'the rest until a restart',
          small: true,
        },
      ]}
    />
  )
}
