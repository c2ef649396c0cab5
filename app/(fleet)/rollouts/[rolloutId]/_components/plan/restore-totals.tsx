'use client'

import { useQuery } from '@tanstack/react-query'
import { Bytes } from '@/app/_components/bytes'
import { Tiles } from '@/app/_components/tiles'
import { formatBytes } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
import type { RolloutPlanView } from '@/server/rollouts/views/plan-schema'
import { memoryTile } from './memory-tile'

/** What all hosts that take part would lose, and how far the fleet is from its floor. */
export function RestoreTotals({ plan, hosts }: { plan: RolloutPlanView; hosts: number }) {
  const trpc = useTRPC()
  const room = useQuery(trpc.floors.get.queryOptions()).data?.room
  const left = room === undefined ? null : room.memAvailableBytes - room.promisedBytes + plan.gainBytes
  return (
    <Tiles
      label="What the rollout would take away"
      tiles={[
        memoryTile(plan, hosts),
        {
          label: 'Loss',
          value: <Bytes value={plan.gainBytes} signed />,
          note: plan.kinds.map(({ kind, gainBytes }) => `${formatBytes(-gainBytes)} ${kind}`).join(' · '),
        },
        {
          label: 'Available in the fleet, after',
          value: <Bytes value={left} />,
          note:
            room === undefined ? (
              ''
            ) : (
              <>
                now <Bytes value={room.memAvailableBytes} />
              </>
            ),
        },
        {
          label: 'Floor of the fleet',
          value: <Bytes value={room?.floorBytes ?? null} />,
          note: 'below it nothing is given back',
        },
      ]}
    />
  )
}
