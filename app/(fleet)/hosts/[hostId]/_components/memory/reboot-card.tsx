import { ButtonLink } from '@/app/_components/button'
import { Card } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { StatePill } from '@/app/_components/state-pill'
import { comesBackWords } from '@/app/_lib/comes-back-words'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import type { DeviceView } from '@/server/hosts/schemas/device'

/** Which devices are system RAM again after a reboot, who sees to it, and what the last reboot came to. */
export function RebootCard({ host }: { host: HostDetail }) {
  if (host.devices.length === 0 && host.lostFiles.length === 0) return null
  return (
    <Card title="After a reboot" meta="which devices come back as memory">
      <ul className="divide-y divide-line">
        {host.devices.map((device) => (
          <RebootLine key={device.id} host={host} device={device} />
        ))}
      </ul>
      {host.lostFiles.length === 0 ? null : (
        <div className="grid gap-2 px-3.5 py-3">
          {host.lostFiles.map(({ path, why }) => (
            <FaultNote
              key={path}
              tone="warn"
              live={false}
              message={`${path} asks for a device to come back, and nothing does. ${why}`}
              next="Take the file away on the host if it is not wanted."
            />
          ))}
        </div>
      )}
    </Card>
  )
}

function RebootLine({ host, device }: { host: HostDetail; device: DeviceView }) {
  const { mark, detail, next } = comesBackWords(device)
  return (
    <li className="grid gap-1 px-3.5 py-2.5">
      <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-mono text-xs">{device.daxName}</span>
        <StatePill {...mark} />
        <span className="ml-auto">
          <KeepLink host={host} device={device} />
        </span>
      </span>
      <span className="text-ink-2 text-xs">
        {detail} {next}
      </span>
    </li>
  )
}

/** What has been converted can be kept, and what is kept can be left, whatever became of the device. */
function KeepLink({ host, device }: { host: HostDetail; device: DeviceView }) {
  if (host.state !== 'ready' || host.activeJobId !== null || device.comesBack === null) return null
  const { by, fault, isOtherProgram } = device.comesBack
  const href = (does: 'persist' | 'unpersist') => ({ pathname: `/hosts/${host.id}/${does}/${device.id}` })
  const name = <span className="sr-only"> {device.daxName}</span>
  return (
    <span className="flex flex-wrap gap-2">
      {device.driver === 'kmem' && (by === null || fault !== null || isOtherProgram) ? (
        <ButtonLink href={href('persist')}>
          {isOtherProgram ? 'Keep again…' : 'Keep…'}
          {name}
        </ButtonLink>
      ) : null}
      {by === 'daxfleet' ? <ButtonLink href={href('unpersist')}>Stop keeping…{name}</ButtonLink> : null}
    </span>
  )
}
