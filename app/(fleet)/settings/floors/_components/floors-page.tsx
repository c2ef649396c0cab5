'use client'

import { useQuery } from '@tanstack/react-query'
import { Bytes } from '@/app/_components/bytes'
import { PageTitle } from '@/app/_components/page-title'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { Tiles } from '@/app/_components/tiles'
import { plural } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
import { FloorsCard } from './floors-card'

/** How much memory stays available on every host and in the fleet, whatever is given back. */
export function FloorsPage() {
  const trpc = useTRPC()
  const floors = useQuery(trpc.floors.get.queryOptions())
  if (floors.error) return <QueryFault error={floors.error} onRetry={() => void floors.refetch()} />
  if (floors.data === undefined) return <Skeleton className="h-40" />
  const { room, ownFloors } = floors.data
  return (
    <>
      <PageTitle
        title="Capacity floors"
        sentence="Giving memory back is refused where less than this would stay available. Plans made before keep the host’s floor they were made with; the fleet’s is weighed again at every approval and start."
      />
      <Tiles
        label="The fleet’s memory, of hosts that are ready"
        tiles={[
          {
            label: 'Available',
            value: <Bytes value={room.memAvailableBytes} />,
            note: 'as each host told last',
          },
          {
            label: 'Promised',
            value: <Bytes value={room.promisedBytes} />,
            note: 'to approved restores that are not over',
          },
          { label: 'Floor of the fleet', value: <Bytes value={room.floorBytes} />, note: 'stays available' },
          {
            label: 'Own floors',
            value: ownFloors,
            note: `${plural(ownFloors, 'host')} with another floor, set on the host’s page`,
          },
        ]}
      />
      <FloorsCard key={floors.data.changedAt.getTime()} floors={floors.data} />
    </>
  )
}
