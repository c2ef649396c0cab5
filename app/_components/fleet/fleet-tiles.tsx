import { Bytes } from '@/app/_components/bytes'
import { dramBytes } from '@/app/_components/tier-bar'
import { Tiles } from '@/app/_components/tiles'
import { plural } from '@/app/_lib/format'
import type { Outputs } from '@/app/_lib/trpc'

export function FleetTiles({ summary }: { summary: Outputs['hosts']['summary'] }) {
  const far = summary.cxlOnlineBytes + summary.hmemOnlineBytes
  // What is lost is told of devices that are RAM and of those that could be.
  const devices = summary.pmemOnlineBytes + far + summary.convertibleBytes
  return (
    <Tiles
      label="Fleet capacity by tier"
      tiles={[
        {
          label: 'Memory online',
          value: <Bytes value={summary.memTotalBytes} />,
          note: (
            <>
              <Bytes value={dramBytes(summary)} /> DRAM
            </>
          ),
        },
        {
          label: 'From PMEM',
          value: <Bytes value={summary.pmemOnlineBytes} />,
          note: share(summary.pmemOnlineBytes, summary.memTotalBytes),
        },
        {
          label: 'From CXL',
          value: <Bytes value={summary.cxlOnlineBytes} />,
          note:
            summary.hmemOnlineBytes > 0n ? (
              <>
                and <Bytes value={summary.hmemOnlineBytes} /> HBM
              </>
            ) : (
              share(summary.cxlOnlineBytes, summary.memTotalBytes)
            ),
        },
        {
          label: 'Still convertible',
          value: <Bytes value={summary.convertibleBytes} />,
          note: plural(summary.convertibleDevices, 'device'),
        },
        {
          label: 'Lost to alignment',
          value: <Bytes value={summary.lostBytes} />,
          note:
            devices > 0n
              ? `${percent(summary.lostBytes, devices + summary.lostBytes)} of device memory`
              : 'no device memory found',
        },
      ]}
    />
  )
}

function share(part: bigint, whole: bigint): string {
  return part > 0n && whole > 0n ? `${percent(part, whole)} of memory` : 'none online'
}

function percent(part: bigint, whole: bigint): string {
  const hundredths = Number((part * 10_000n) / whole) / 100
  return `${hundredths >= 10 ? Math.floor(hundredths) : hundredths} %`
}
