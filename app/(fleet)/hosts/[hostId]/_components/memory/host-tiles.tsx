import { Bytes } from '@/app/_components/bytes'
import { Tiles } from '@/app/_components/tiles'
import { formatBytes } from '@/app/_lib/format'
import type { HostDetail } from '@/server/hosts/schemas/detail'

/** Beyond this, kernel memory runs short while movable memory is free (docs: admin-guide/mm/memory-hotplug). */
const SAFE_RATIO = 3

export function HostTiles({ host }: { host: HostDetail }) {
  const fromDevices = host.pmemOnlineBytes + host.cxlOnlineBytes + host.hmemOnlineBytes
  return (
    <Tiles
      label="Memory of this host"
      tiles={[
        {
          label: 'Memory online',
          value: <Bytes value={host.memTotalBytes} />,
          note:
            fromDevices > 0n ? (
              <>
                <Bytes value={fromDevices} signed /> from devices
              </>
            ) : (
              'none of it from devices'
            ),
        },
        {
          label: 'Free',
          value: <Bytes value={host.memFreeBytes} />,
          note: host.nodes
            .filter((node) => node.memTotalBytes > 0n)
            .map((node) => `node ${node.id}: ${formatBytes(node.memFreeBytes)}`)
            .join(' · '),
        },
        {
          label: 'Kernel',
          value: <span title={host.kernelRelease ?? undefined}>{host.kernelRelease ?? '–'}</span>,
          note: host.blockSizeBytes ? `blocks of ${formatBytes(host.blockSizeBytes)}` : '',
          small: true,
        },
        {
          label: 'Movable : kernel',
          value: ratio(host) ?? 'none movable',
          note: `safe up to about ${SAFE_RATIO} : 1`,
          small: ratio(host) === null,
        },
        {
          label: 'Auto-online',
          value: host.autoOnlinePolicy ?? 'unknown',
          note: udev(host.udevRules.filter(({ acts }) => acts !== 'no').length),
          small: true,
        },
      ]}
    />
  )
}

function ratio(host: HostDetail): string | null {
  if (host.movableBytes === null || host.memTotalBytes === null || host.movableBytes === 0n) return null
  const kernel = host.memTotalBytes - host.movableBytes
  if (kernel <= 0n) return null
  const tenths = Number((host.movableBytes * 10n) / kernel)
  return `${Math.floor(tenths / 10)}.${tenths % 10} : 1`
}

function udev(count: number): string {
  if (count === 0) return 'no udev rule found'
  return count === 1 ? 'a udev rule onlines too' : `${count} udev rules online too`
}
