import Link from 'next/link'
import { Bytes } from '@/app/_components/bytes'
import { Identity } from '@/app/_components/identity'
import { StatePill } from '@/app/_components/state-pill'
import { shortIdentities } from '@/app/_lib/identity'
import { deviceMark } from '@/app/_lib/states'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import type { DeviceView } from '@/server/hosts/schemas/device'

/** Which device of which host it is about. */
export function PlanHeader({ verb, host, device }: { verb: string; host: HostDetail; device: DeviceView }) {
  const others = host.devices.filter(({ id }) => id !== device.id)
  const [short] = shortIdentities([device, ...others].map(({ identity }) => identity))
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <div className="min-w-0">
        <p className="text-ink-3 text-xs">
          <Link href="/hosts" className="rounded-sm hover:text-ink hover:underline">
            Hosts
          </Link>
          {' / '}
          <Link href={`/hosts/${host.id}`} className="rounded-sm font-mono hover:text-ink hover:underline">
            {host.name}
          </Link>
        </p>
        <h1 className="font-semibold text-[19px] leading-7">
          {verb} <span className="font-mono">{device.daxName}</span>
        </h1>
      </div>
      <StatePill {...deviceMark(host, device)} />
      <p className="min-w-0 flex-1 basis-56 text-ink-2 text-lead">
        <Bytes value={device.sizeBytes} /> of {device.kind}
        {device.targetNode === null ? '' : `, memory of node ${device.targetNode}`},{' '}
        <Identity whole={device.identity} short={short ?? device.identity} />
      </p>
    </div>
  )
}
