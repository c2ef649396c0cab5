import dynamic from 'next/dynamic'
import { FaultNote } from '@/app/_components/fault-note'
import { Skeleton } from '@/app/_components/skeleton'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import { DevicesCard } from './devices-card'
import { HostTiles } from './host-tiles'
import { NodesCard } from './nodes-card'
import { useOpenDevice } from './use-open-device'

// What stands below the fold of most screens, or beside the devices, comes after them.
const loading = () => <Skeleton className="h-40" />
const HealthCard = dynamic(() => import('./health-card').then((part) => part.HealthCard), {
  ssr: false,
  loading,
})
const TieringCard = dynamic(() => import('./tiering-card').then((part) => part.TieringCard), {
  ssr: false,
  loading,
})
const MemoryAside = dynamic(() => import('./memory-aside').then((part) => part.MemoryAside), {
  ssr: false,
  loading,
})
const DeviceDetail = dynamic(() => import('./device-detail').then((part) => part.DeviceDetail), {
  ssr: false,
})

export function MemoryTab({ host }: { host: HostDetail }) {
  const [open, setOpen] = useOpenDevice()
  const device = host.devices.find((each) => each.id === open)
  if (host.inspectedAt === null) {
    return (
      <FaultNote
        tone="wait"
        live={false}
        message="Nothing has been read from this host yet."
        // What stands in the way is said above, where there is something.
        next={host.stateNext === '' ? 'Probe it.' : null}
      />
    )
  }
  return (
    <>
      <HostTiles host={host} />
      <DevicesCard host={host} open={device?.id ?? null} onOpen={(id) => void setOpen(id)} />
      {device ? <DeviceDetail host={host} device={device} onClose={() => void setOpen(null)} /> : null}
      <div className="grid items-start gap-4 xl:grid-cols-[1.7fr_1fr]">
        <div className="grid min-w-0 gap-4">
          <NodesCard host={host} />
          <HealthCard host={host} />
          <TieringCard host={host} />
        </div>
        <div className="grid gap-4">
          <MemoryAside host={host} />
        </div>
      </div>
    </>
  )
}
