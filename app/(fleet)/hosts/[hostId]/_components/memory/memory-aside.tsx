import type { HostDetail } from '@/server/hosts/schemas/detail'
import { AutoOnlineCard } from './auto-online-card'
import { FloorCard } from './floor-card'
import { HazardsCard } from './hazards-card'
import { RebootCard } from './reboot-card'

/** What is set and kept on the host, beside what its memory is. */
export function MemoryAside({ host }: { host: HostDetail }) {
  return (
    <>
      <RebootCard host={host} />
      <FloorCard host={host} />
      <AutoOnlineCard host={host} />
      <HazardsCard host={host} />
    </>
  )
}
