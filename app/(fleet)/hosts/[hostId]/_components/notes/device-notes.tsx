import { ButtonLink } from '@/app/_components/button'
import { FaultNote } from '@/app/_components/fault-note'
import { deviceTrouble } from '@/app/_lib/device-words'
import { DEVICE_MARKS } from '@/app/_lib/states'
import type { HostDetail } from '@/server/hosts/schemas/detail'

/** Of a host that is reached and a device of which is not as it should be: which blocks, how much, what to do. */
export function DeviceNotes({ host }: { host: HostDetail }) {
  if (host.standing !== 'needs_attention') return null
  return host.devices.map((device) => {
    const trouble = deviceTrouble(device, host)
    if (trouble === null) return null
    const { planZone } = trouble
    return (
      <FaultNote
        key={device.id}
        tone={DEVICE_MARKS[device.state].tone}
        live={false}
        message={trouble.message}
        next={trouble.next}
      >
        {planZone === null ? null : (
          <ButtonLink
            href={{ pathname: `/hosts/${host.id}/convert/${device.id}`, query: { zone: planZone } }}
          >
            Bring online…
          </ButtonLink>
        )}
        <ButtonLink look="quiet" href={{ pathname: `/hosts/${host.id}`, query: { device: device.id } }}>
          Blocks of {device.daxName}
        </ButtonLink>
      </FaultNote>
    )
  })
}
