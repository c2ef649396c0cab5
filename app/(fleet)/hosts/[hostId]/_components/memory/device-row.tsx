import { clsx } from 'clsx'
import Link from 'next/link'
import { BlockStrip } from '@/app/_components/block-strip'
import { Bytes } from '@/app/_components/bytes'
import { Identity } from '@/app/_components/identity'
import { StatePill } from '@/app/_components/state-pill'
import { Td, Tr } from '@/app/_components/table'
import { deviceMark, tierOf } from '@/app/_lib/states'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import type { DeviceView } from '@/server/hosts/schemas/device'

/** What is offered in the row; a partial device is brought online from its note. */
const ACTIONS: Partial<Record<DeviceView['state'], { path: string; word: string }>> = {
  convertible: { path: 'convert', word: 'Convert' },
  system_ram: { path: 'restore', word: 'Give back' },
  partial: { path: 'restore', word: 'Give back' },
}

export function DeviceRow({
  host,
  device,
  shortIdentity,
  isOpen,
  onOpen,
}: {
  host: HostDetail
  device: DeviceView
  shortIdentity: string
  isOpen: boolean
  onOpen: () => void
}) {
  const action = ACTIONS[device.state] ?? null
  const isOff = device.totalBlocks > 0 && device.onlineBytes !== device.usableBytes
  return (
    <Tr className={clsx('group/row', isOpen ? 'bg-run-bg' : 'hover:bg-bg')}>
      <Td title={device.refusals[0]?.message}>
        <StatePill {...deviceMark(host, device)} />
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
      <Td label="Identity" wide>
        <Identity whole={device.identity} short={shortIdentity} />
      </Td>
      <Td label="Kind">{device.kind}</Td>
      <Td label="Node">{device.targetNode ?? '–'}</Td>
      <Td label="Size" className="text-right">
        <Bytes value={device.sizeBytes} />
      </Td>
      <Td label="Predicted" className="text-right">
        <Bytes value={device.usableBytes === 0n ? null : device.usableBytes} />
      </Td>
      <Td label="Online" className={clsx('text-right', isOff && 'font-medium text-warn')}>
        <Bytes value={device.totalBlocks === 0 ? null : device.onlineBytes} />
      </Td>
      <Td label="Blocks" wide>
        <BlockStrip
          blocks={device.blocks}
          predicted={device.predictedBlockCount}
          tier={tierOf(device.kind)}
        />
      </Td>
      {/* Stays in sight where the table scrolls sideways. */}
      <Td
        wide
        className={clsx(
          'text-right sm:sticky sm:right-0 sm:py-1',
          isOpen ? 'bg-run-bg' : 'bg-surface group-hover/row:bg-bg',
        )}
      >
        {action !== null && host.state === 'ready' && host.activeJobId === null ? (
          <Link
            href={{ pathname: `/hosts/${host.id}/${action.path}/${device.id}` }}
            className="inline-block rounded-md border border-line-strong bg-raised px-2 font-medium hover:bg-wait-bg max-sm:py-1"
          >
            {action.word}…<span className="sr-only"> {device.daxName}</span>
          </Link>
        ) : null}
      </Td>
    </Tr>
  )
}
