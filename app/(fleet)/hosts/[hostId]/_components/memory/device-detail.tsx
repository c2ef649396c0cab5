import type { ReactNode } from 'react'
import { BlockStrip } from '@/app/_components/block-strip'
import { Button, ButtonLink } from '@/app/_components/button'
import { Bytes } from '@/app/_components/bytes'
import { Card } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { BLOCK_WORDS, kindOf } from '@/app/_lib/blocks'
import { deviceMark, tierOf } from '@/app/_lib/states'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import type { DeviceView } from '@/server/hosts/schemas/device'

/** All that was read of one device: who it is, where it lies, what stands in the way, every block. */
export function DeviceDetail({
  host,
  device,
  onClose,
}: {
  host: HostDetail
  device: DeviceView
  onClose: () => void
}) {
  return (
    <Card
      title={<span className="font-mono text-xs">{device.daxName}</span>}
      meta={deviceMark(host, device).word}
      aside={
        <span className="flex flex-wrap items-center gap-2">
          <ShareLinks host={host} device={device} />
          <Button look="quiet" className="px-1.5 text-xs" onClick={onClose}>
            Close
          </Button>
        </span>
      }
    >
      <div className="grid gap-4 px-3.5 py-3">
        {device.refusals.map((refusal) => (
          <FaultNote
            key={refusal.code}
            tone="warn"
            live={false}
            message={refusal.message}
            next={refusal.next}
          />
        ))}
        <dl className="grid gap-x-8 gap-y-1.5 sm:grid-cols-2 xl:grid-cols-3">
          {device.identityDetail.map((item) => (
            <Item key={item.label} label={item.label}>
              <span className="font-mono text-xs break-all">{item.value}</span>
            </Item>
          ))}
          <Item label="Driver">
            <span className="font-mono text-xs">{device.driver ?? 'none'}</span>
          </Item>
          <Item label="Mode, as daxctl says">{device.mode}</Item>
          <Item label="Alignment">
            <Bytes value={device.alignBytes} />
          </Item>
          <Item label="Lost to alignment">
            <Bytes value={device.lostBytes} />
          </Item>
          <Item label="Cost in page structures">
            <Bytes value={device.memmapBytes} />
            {device.memmapOnMemory ? (
              <span className="text-ink-3 text-xs"> out of its own memory</span>
            ) : null}
          </Item>
          {device.ranges.map((range) => (
            <Item key={range.startBytes.toString()} label="Physical range">
              <span className="font-mono text-xs">
                {`0x${range.startBytes.toString(16)} – 0x${range.endBytes.toString(16)}`}
              </span>
            </Item>
          ))}
        </dl>
        <div className="overflow-x-auto">
          <BlockStrip
            blocks={device.blocks}
            predicted={device.predictedBlockCount}
            tier={tierOf(device.kind)}
            cells={128}
            height={20}
          />
        </div>
      </div>
      {device.blocks.length > 0 ? (
        <Table
          label={`Blocks of ${device.daxName}`}
          head={
            <>
              <Th>Blocks</Th>
              <Th className="text-right">Count</Th>
              <Th>State</Th>
              <Th>Zones, as the kernel says</Th>
              <Th>Node</Th>
            </>
          }
        >
          {device.blocks.map((run) => (
            <Tr key={run.first}>
              <Td wide className="font-mono text-xs">
                {run.first === run.last ? `memory${run.first}` : `memory${run.first} – memory${run.last}`}
              </Td>
              <Td label="Count" className="text-right">
                {run.last - run.first + 1}
              </Td>
              <Td label="State">{BLOCK_WORDS[kindOf(run)]}</Td>
              <Td label="Zones" className="font-mono text-xs">
                {run.zones}
              </Td>
              <Td label="Node">{run.node ?? '–'}</Td>
            </Tr>
          ))}
        </Table>
      ) : null}
    </Card>
  )
}

/** Part of a device that kmem holds: what is online can go, what is offline can come. */
function ShareLinks({ host, device }: { host: HostDetail; device: DeviceView }) {
  if (device.driver !== 'kmem' || host.state !== 'ready' || host.activeJobId !== null) return null
  const href = (does: 'online' | 'offline') => ({
    pathname: `/hosts/${host.id}/share/${device.id}`,
    query: { does },
  })
  return (
    <>
      {device.onlineBlocks > 0 ? <ButtonLink href={href('offline')}>Give back part…</ButtonLink> : null}
      {device.onlineBlocks < device.totalBlocks ? (
        <ButtonLink href={href('online')}>Bring part online…</ButtonLink>
      ) : null}
    </>
  )
}

function Item({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[150px_minmax(0,1fr)] items-baseline gap-2">
      <dt className="text-ink-3 text-xs">{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}
