import { Card, CardBody } from '@/app/_components/card'
import { HazardList } from '@/app/_components/hazard-list'
import type { HostDetail } from '@/server/hosts/schemas/detail'

/** What on this host to know before and after a conversion. */
export function HazardsCard({ host }: { host: HostDetail }) {
  return (
    <Card title="Good to know" meta={host.hazards.length === 0 ? 'nothing found' : null}>
      <CardBody className="grid gap-3">
        {host.hazards.length > 0 ? <HazardList hazards={host.hazards} /> : null}
        <dl className="grid grid-cols-[110px_minmax(0,1fr)] gap-y-1.5 text-ink-2">
          <dt className="text-ink-3 text-xs">System</dt>
          <dd>{[host.osName, host.architecture, machine(host.virtualization)].filter(Boolean).join(', ')}</dd>
          <dt className="text-ink-3 text-xs">kmem</dt>
          <dd>{host.kmem ?? 'unknown'}</dd>
          <dt className="text-ink-3 text-xs">Machine id</dt>
          <dd className="font-mono text-xs break-all">{host.machineId ?? '–'}</dd>
          <dt className="text-ink-3 text-xs">Boot id</dt>
          <dd className="font-mono text-xs break-all">{host.bootId ?? '–'}</dd>
        </dl>
      </CardBody>
    </Card>
  )
}

function machine(virtualization: string | null): string | null {
  if (virtualization === null) return null
  return virtualization === 'none' ? 'bare metal' : `guest of ${virtualization}`
}
