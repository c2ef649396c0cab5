import { clsx } from 'clsx'
import Link from 'next/link'
import { BlockStrip } from '@/app/_components/block-strip'
import { Bytes } from '@/app/_components/bytes'
import { StatePill } from '@/app/_components/state-pill'
import { Td, Tr } from '@/app/_components/table'
import { shorten } from '@/app/_lib/format'
import { DEVICE_MARKS, tierOf } from '@/app/_lib/states'
import type { DeviceView, HostDetail } from '@/server/hosts/schema'

export function DeviceRow({
  host,
  device,
  isOpen,
  onOpen,
}: {
  host: HostDetail
  device: DeviceView
  isOpen: boolean
  onOpen: () => void
}) {
  const isOff = device.totalBlocks > 0 && device.onlineBytes !== device.usableBytes
  return (
    <Tr className={clsx(isOpen ? 'bg-run-bg' : 'hover:bg-bg')}>
      <Td title={device.refusals[0]?.message}>
        <StatePill {...DEVICE_MARKS[device.state]} />
      </Td>
      <Td>
        <button
          type="button"
          onClick={onOpen}
          aria-expanded={isOpen}
          className="rounded-sm font-mono text-xs underline decoration-line-strong underline-offset-4 hover:decoration-accent"
        >
          {device.daxName}
        </button>
      </Td>
      <Td className="font-mono text-xs" title={device.identity}>
        {shorten(device.identity, 12, 4)}
      </Td>
      <Td>{device.kind}</Td>
      <Td>{device.targetNode ?? '–'}</Td>
      <Td className="text-right">
        <Bytes value={device.sizeBytes} />
      </Td>
      <Td className="text-right">
        <Bytes value={device.usableBytes === 0n ? null : device.usableBytes} />
      </Td>
      <Td className={clsx('text-right', isOff && 'font-medium text-warn')}>
        <Bytes value={device.totalBlocks === 0 ? null : device.onlineBytes} />
      </Td>
      <Td>
        <BlockStrip
          blocks={device.blocks}
          predicted={device.predictedBlockCount}
          tier={tierOf(device.kind)}
        />
      </Td>
      <Td className="text-right">
        {device.state === 'convertible' && host.state === 'ready' && host.activeJobId === null ? (
          <Link
            href={`/hosts/${host.id}/convert/${device.id}`}
            className="rounded-md border border-line-strong bg-raised px-2 py-0.5 font-medium hover:bg-wait-bg"
          >
            Convert…
            <span className="sr-only"> {device.daxName}</span>
          </Link>
        ) : null}
      </Td>
    </Tr>
  )
}
