import { Bytes } from '@/app/_components/bytes'
import { Card } from '@/app/_components/card'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { formatCount } from '@/app/_lib/format'
import type { HostDetail } from '@/server/hosts/schemas/detail'

export function NodesCard({ host }: { host: HostDetail }) {
  // Most firmware says nothing of it.
  const isTold = host.nodes.some(({ access }) => access !== null)
  return (
    <Card title="NUMA nodes" meta={host.nodes.length === 1 ? '1 node' : `${host.nodes.length} nodes`}>
      <Table
        label="NUMA nodes"
        head={
          <>
            <Th>Node</Th>
            <Th>CPUs</Th>
            <Th className="text-right">Memory</Th>
            <Th className="text-right">Free</Th>
            <Th className="text-right">Blocks online</Th>
            <Th className="text-right">Movable</Th>
            <Th className="text-right">Normal</Th>
            <Th className="text-right">Offline</Th>
            <Th>Distances</Th>
            {isTold ? (
              <>
                <Th className="text-right">MiB/s</Th>
                <Th className="text-right">ns</Th>
              </>
            ) : null}
          </>
        }
      >
        {host.nodes.map((node) => (
          <Tr key={node.id}>
            <Td label="Node" wide>
              {node.id}
            </Td>
            <Td label="CPUs" className="text-ink-2">
              {node.hasCpus ? 'yes' : 'none'}
            </Td>
            <Td label="Memory" className="text-right">
              <Bytes value={node.memTotalBytes} />
            </Td>
            <Td label="Free" className="text-right">
              <Bytes value={node.memFreeBytes} />
            </Td>
            <Td label="Blocks online" className="text-right">
              {node.blocks.online}
            </Td>
            <Td label="Movable" className="text-right">
              {node.blocks.movable}
            </Td>
            <Td label="Normal" className="text-right">
              {node.blocks.normal}
            </Td>
            <Td label="Offline" className="text-right">
              {node.blocks.offline}
            </Td>
            <Td label="Distances" className="font-mono text-ink-2 text-xs">
              {node.distances.join(' ')}
            </Td>
            {isTold ? (
              <>
                <Td label="Read / write, MiB/s" className="text-right text-ink-2">
                  {pair(node.access?.readBandwidthMibs, node.access?.writeBandwidthMibs)}
                </Td>
                <Td label="Latency, ns" className="text-right text-ink-2">
                  {pair(node.access?.readLatencyNs, node.access?.writeLatencyNs)}
                </Td>
              </>
            ) : null}
          </Tr>
        ))}
      </Table>
    </Card>
  )
}

/** Reading and writing, as firmware tells them. */
function pair(read: number | null | undefined, write: number | null | undefined): string {
  if (read == null && write == null) return '–'
  return read === write
    ? formatCount(read ?? 0)
    : [read, write].map((one) => (one == null ? '–' : formatCount(one))).join(' / ')
}
