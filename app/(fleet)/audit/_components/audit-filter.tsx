'use client'

import { Download } from 'lucide-react'
import { kindWord } from '@/app/_lib/audit-words'
import { auditSubjects } from '@/server/audit/vocabulary'
import { MomentField } from './moment-field'
import type { AuditView } from './use-audit-view'

const BOX = 'h-[30px] rounded-md border border-line-strong bg-raised px-2 text-xs'

/** Who, what, on what and when; every change goes to the URL, and back to the first page. */
export function AuditFilter({
  view,
  onView,
  exportPath,
}: {
  view: AuditView
  onView: (changes: Partial<AuditView>) => void
  exportPath: string
}) {
  const set = (changes: Partial<AuditView>) => onView({ ...changes, page: 0 })
  return (
    <search className="flex flex-wrap items-center gap-2 px-3.5 py-2">
      <input
        aria-label="Who"
        placeholder="who: an address, a worker"
        value={view.who}
        onChange={(event) => set({ who: event.target.value })}
        spellCheck={false}
        className={`${BOX} min-w-0 flex-1 basis-40`}
      />
      <input
        aria-label="What"
        placeholder="what: run approved, key trusted"
        value={view.what}
        onChange={(event) => set({ what: event.target.value })}
        spellCheck={false}
        className={`${BOX} min-w-0 flex-1 basis-40`}
      />
      <select
        aria-label="On what"
        value={view.on ?? ''}
        onChange={(event) => set({ on: auditSubjects.find((kind) => kind === event.target.value) ?? null })}
        className={`${BOX} text-ink-2`}
      >
        <option value="">On anything</option>
        {auditSubjects.map((kind) => (
          <option key={kind} value={kind}>
            {kindWord(kind)}
          </option>
        ))}
      </select>
      <MomentField label="Since" value={view.since} onChange={(since) => set({ since })} />
      <MomentField label="Until" value={view.until} onChange={(until) => set({ until })} />
      <a
        href={exportPath}
        download
        title="Every entry that matches, all pages"
        className="inline-flex items-center gap-1.5 rounded-md px-[11px] py-1 font-medium text-ink-2 text-sm hover:bg-wait-bg hover:text-ink"
      >
        <Download size={13} aria-hidden="true" />
        CSV
      </a>
    </search>
  )
}
