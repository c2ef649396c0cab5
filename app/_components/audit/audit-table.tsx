import { type FoldedEntry, foldRepeats } from '@/app/_lib/audit-fold'
import { actionWords, actorWords, detailWords } from '@/app/_lib/audit-words'
import { formatCount } from '@/app/_lib/format'
import type { AuditEntryView } from '@/server/audit/schema'
import { Ago } from '../ago'
import { Table, Td, Th, Tr } from '../table'
import { AuditPlace } from './audit-place'

/** Entries as they come, newest first, repeats told once. */
export function AuditTable({ entries, withHost }: { entries: readonly AuditEntryView[]; withHost: boolean }) {
  return (
    <Table
      label="Audit"
      head={
        <>
          <Th>When</Th>
          <Th>Who</Th>
          <Th>What</Th>
          <Th>On</Th>
          <Th className="w-full">Details</Th>
        </>
      }
    >
      {foldRepeats(entries).map((folded) => (
        <AuditRow key={folded.entry.id} {...folded} withHost={withHost} />
      ))}
    </Table>
  )
}

function AuditRow({ entry, count, since, withHost }: FoldedEntry & { withHost: boolean }) {
  const detail = detailWords(entry.detail)
  return (
    <Tr>
      <Td className="text-ink-2 text-xs">
        <Ago at={entry.at} />
      </Td>
      <Td className="max-w-52 truncate max-sm:text-right!" title={whoWords(entry)}>
        {actorWords(entry)}
      </Td>
      <Td wide className="font-medium" title={entry.action}>
        {actionWords(entry.action)}
        {count > 1 ? (
          <span className="ml-1.5 font-normal text-ink-3 text-xs">
            {formatCount(count)} times, first <Ago at={since} />
          </span>
        ) : null}
      </Td>
      <Td wide className="text-ink-2 text-xs">
        <AuditPlace entry={entry} withHost={withHost} />
      </Td>
      <Td wide className="max-w-0 truncate text-ink-2 text-xs" title={JSON.stringify(entry.detail)}>
        {detail}
      </Td>
    </Tr>
  )
}

/** All that is known of who it was and from where. */
function whoWords({ actorKind, actorId, clientAddress, userAgent, tokenId }: AuditEntryView): string {
  const parts = [
    `${actorKind} ${actorId}`,
    ...(clientAddress === null ? [] : [`from ${clientAddress}`]),
    ...(tokenId === null ? [] : [`by token ${tokenId}`]),
    ...(userAgent === null ? [] : [userAgent]),
  ]
  return parts.join('\n')
}
