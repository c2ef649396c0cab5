import Link from 'next/link'
import type { ReactNode } from 'react'
import { kindWord } from '@/app/_lib/audit-words'
import type { AuditEntryView } from '@/server/audit/schema'

const LINK = 'rounded-sm text-ink underline decoration-line-strong underline-offset-4 hover:decoration-accent'

/** What an entry is about, by name, with the way there; an id only where nothing else is left of it. */
export function AuditPlace({ entry, withHost }: { entry: AuditEntryView; withHost: boolean }) {
  const { subjectKind, subjectId, place } = entry
  const parts: ReactNode[] = []
  if (withHost && place.host) {
    parts.push(
      <Link key="host" href={`/hosts/${place.host.id}`} className={`${LINK} font-mono`}>
        {place.host.name}
      </Link>,
    )
  }
  if (subjectKind === 'job' && place.host) {
    parts.push(
      <Link
        key="run"
        href={{ pathname: `/hosts/${place.host.id}`, query: { tab: 'runs', run: subjectId } }}
        className={LINK}
      >
        run of <span className="font-mono">{place.daxName}</span>
      </Link>,
    )
  } else if (place.daxName) {
    parts.push(
      <span key="device">
        {subjectKind === 'plan' ? 'plan for ' : ''}
        <span className="font-mono">{place.daxName}</span>
      </span>,
    )
  } else if (subjectKind === 'credential') {
    parts.push(
      <Link key="key" href="/keys" className={LINK}>
        key {place.name}
      </Link>,
    )
  } else if (subjectKind === 'fleet') {
    parts.push('the whole fleet')
  } else if (subjectKind === 'installation') {
    parts.push('Daxfleet itself')
  } else if (!place.host && place.name) {
    parts.push(subjectKind === 'host' ? `${place.name}, removed` : place.name)
  } else if (!place.host) {
    parts.push(`a ${kindWord(subjectKind)} that is gone`)
  } else if (!withHost) {
    parts.push('the host')
  }
  return (
    <span className="inline-flex gap-x-2 max-sm:flex-wrap" title={subjectId}>
      {parts}
    </span>
  )
}
