import { BlockLegend } from '@/app/_components/block-strip'
import { Card } from '@/app/_components/card'
import { Table, Th } from '@/app/_components/table'
import { shortIdentities } from '@/app/_lib/identity'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import { DeviceRow } from './device-row'
import { NamespaceRow } from './namespace-row'

export function DevicesCard({
  host,
  open,
  onOpen,
}: {
  host: HostDetail
  open: string | null
  onOpen: (deviceId: string | null) => void
}) {
  const isEmpty = host.devices.length + host.namespaces.length === 0
  const shorts = shortIdentities([...host.devices, ...host.namespaces].map(({ identity }) => identity))
  return (
    <Card
      title={<span id="devices">Devices</span>}
      meta="identity, not name, is what a plan binds to"
      aside={isEmpty ? null : <BlockLegend className="max-lg:hidden" />}
    >
      {isEmpty ? (
        <p className="px-3.5 py-6 text-ink-2">
          This host has neither dax devices nor pmem namespaces. Make one with{' '}
          <code className="font-mono text-xs">ndctl create-namespace --mode=devdax --map=mem</code>, then
          probe it again.
        </p>
      ) : (
        <Table
          label="Devices"
          head={
            <>
              <Th>State</Th>
              <Th>Device</Th>
              <Th>Identity</Th>
              <Th>Kind</Th>
              <Th>Node</Th>
              <Th className="text-right">Size</Th>
              <Th className="text-right">Predicted</Th>
              <Th className="text-right">Online</Th>
              <Th>Blocks</Th>
              <Th>
                <span className="sr-only">Action</span>
              </Th>
            </>
          }
        >
          {host.devices.map((device, index) => (
            <DeviceRow
              key={device.id}
              host={host}
              device={device}
              shortIdentity={shorts[index] ?? device.identity}
              isOpen={device.id === open}
              onOpen={() => onOpen(device.id === open ? null : device.id)}
            />
          ))}
          {host.namespaces.map((namespace, index) => (
            <NamespaceRow
              key={namespace.name}
              namespace={namespace}
              shortIdentity={shorts[host.devices.length + index] ?? namespace.identity}
            />
          ))}
        </Table>
      )}
    </Card>
  )
}
