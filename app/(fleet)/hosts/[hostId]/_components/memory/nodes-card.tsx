import { Bytes } from '@/app/_components/bytes'
import { Card } from '@/app/_components/card'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import type { HostDetail } from '@/server/hosts/schema'

export function NodesCard({ host }: { host: HostDetail }) {
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
          </Tr>
        ))}
      </Table>
    </Card>
  )
}
