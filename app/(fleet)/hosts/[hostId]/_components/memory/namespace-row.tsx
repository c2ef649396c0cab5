import { Bytes } from '@/app/_components/bytes'
import { Identity } from '@/app/_components/identity'
import { StatePill } from '@/app/_components/state-pill'
import { Td, Tr } from '@/app/_components/table'
import type { HostDetail } from '@/server/hosts/schemas/detail'

/** Persistent memory that is no dax device: shown so that nobody wonders where it is, with the reason. */
export function NamespaceRow({
  namespace,
  shortIdentity,
}: {
  namespace: HostDetail['namespaces'][number]
  shortIdentity: string
}) {
  return (
    <Tr>
      <Td>
        <StatePill tone="skip" word="Not devdax" />
      </Td>
      <Td className="font-mono text-xs">{namespace.name}</Td>
      <Td label="Identity" wide>
        <Identity whole={namespace.identity} short={shortIdentity} />
      </Td>
      <Td label="Kind">pmem</Td>
      <Td label="Node">{namespace.numaNode ?? '–'}</Td>
      <Td label="Size" className="text-right">
        <Bytes value={namespace.sizeBytes} />
      </Td>
      <Td className="text-right text-ink-3 max-sm:hidden">–</Td>
      <Td className="text-right text-ink-3 max-sm:hidden">–</Td>
      <Td colSpan={2} wide className="max-w-96 truncate text-ink-3 text-xs" title={namespace.reason}>
        {namespace.mode}
        {namespace.mountPoint ? `, mounted at ${namespace.mountPoint}` : ''}
        {namespace.reason ? ` — ${namespace.reason}` : ''}
      </Td>
    </Tr>
  )
}
