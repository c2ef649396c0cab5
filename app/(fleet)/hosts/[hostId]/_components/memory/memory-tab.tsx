import { FaultNote } from '@/app/_components/fault-note'
import type { HostDetail } from '@/server/hosts/schema'
import { DeviceDetail } from './device-detail'
import { DevicesCard } from './devices-card'
import { FloorCard } from './floor-card'
import { HazardsCard } from './hazards-card'
import { HostTiles } from './host-tiles'
import { NodesCard } from './nodes-card'
import { TieringCard } from './tiering-card'
import { useOpenDevice } from './use-open-device'

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
          <TieringCard host={host} />
        </div>
        <div className="grid gap-4">
          <FloorCard host={host} />
          <HazardsCard host={host} />
        </div>
      </div>
    </>
  )
}
