import { Bytes } from '@/app/_components/bytes'
import { StatePill } from '@/app/_components/state-pill'
import { Td, Tr } from '@/app/_components/table'
import { shorten } from '@/app/_lib/format'
import type { HostDetail } from '@/server/hosts/schema'

/** Persistent memory that is no dax device: shown so that nobody wonders where it is, with the reason. */
export function NamespaceRow({ namespace }: { namespace: HostDetail['namespaces'][number] }) {
  return (
    <Tr>
      <Td>
        <StatePill tone="skip" word="Not devdax" />
      </Td>
      <Td className="font-mono text-xs">{namespace.name}</Td>
      <Td className="font-mono text-xs" title={namespace.identity}>
        {shorten(namespace.identity, 12, 4)}
      </Td>
      <Td>pmem</Td>
      <Td>{namespace.numaNode ?? '–'}</Td>
      <Td className="text-right">
        <Bytes value={namespace.sizeBytes} />
      </Td>
      <Td className="text-right text-ink-3">–</Td>
      <Td className="text-right text-ink-3">–</Td>
      <Td colSpan={2} className="max-w-96 truncate text-ink-3 text-xs" title={namespace.reason}>
        {namespace.mode}
        {namespace.mountPoint ? `, mounted at ${namespace.mountPoint}` : ''}
        {namespace.reason ? ` — ${namespace.reason}` : ''}
      </Td>
    </Tr>
  )
}
