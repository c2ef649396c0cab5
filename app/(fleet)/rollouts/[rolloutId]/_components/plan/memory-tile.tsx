import { Bytes } from '@/app/_components/bytes'
import { plural } from '@/app/_lib/format'
import type { RolloutPlanView } from '@/server/rollouts/views/plan-schema'

/** Memory of the hosts that take part: as it would be, beside what it is. */
export function memoryTile(plan: RolloutPlanView, hosts: number) {
  return {
    label: `Memory of ${plural(hosts, 'host')}, after`,
    value: <Bytes value={plan.memTotalAfterBytes} />,
    note: (
      <>
        now <Bytes value={plan.memTotalBeforeBytes} />
      </>
    ),
  }
}
