'use client'

import { clsx } from 'clsx'
import { FileText, Upload, X } from 'lucide-react'
import { useRef, useState } from 'react'
import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { SelectField, TextAreaField } from '@/app/_components/field'
import { formatCount } from '@/app/_lib/format'
import { type ImportFormat, importFormats } from '@/server/imports/vocabulary'
import { FORMAT_WORDS } from './import-words'
import type { ImportDraft } from './use-import-draft'

const EXAMPLE = `db-r12-07 10.0.12.7 rack=r12 role=db
db-r12-08 root@10.0.12.8:2222 rack=r12
cache-r3-02.example.net`

/** Pasted, chosen or dropped: all of it is read together. */
export function SourcesCard({ draft, detected }: { draft: ImportDraft; detected: ImportFormat | null }) {
  const [isOver, setIsOver] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a short cut; the button below does the same
    <div
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return
        event.preventDefault()
        setIsOver(true)
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setIsOver(false)
      }}
      onDrop={(event) => {
        if (event.dataTransfer.files.length === 0) return
        event.preventDefault()
        setIsOver(false)
        void draft.addFiles([...event.dataTransfer.files])
      }}
      className={clsx('rounded-lg', isOver && 'outline-2 outline-focus')}
    >
      <Card title="Hosts" meta="a list, CSV, ssh_config or an Ansible inventory">
        <CardBody className="grid gap-3.5">
          <TextAreaField
            mono
            autoFocus
            rows={7}
            label="Hosts to add"
            placeholder={EXAMPLE}
            hint="Paste, or drop files here. A list has a name or [user@]address[:port], or both, then labels as key=value."
            value={draft.text}
            onChange={(event) => draft.setText(event.target.value)}
          />
          {draft.files.length > 0 ? (
            <ul aria-label="Files" className="flex flex-wrap gap-2">
              {draft.files.map((file) => (
                <li
                  key={file.name}
                  className="flex min-w-0 items-center gap-1.5 rounded-md border border-line-strong px-2 py-0.5"
                >
                  <FileText size={13} aria-hidden="true" className="shrink-0 text-ink-3" />
                  <span className="min-w-0 truncate font-mono text-xs">{file.name}</span>
                  <span className="text-ink-3 text-xs whitespace-nowrap">
                    {formatCount(Math.ceil(file.text.length / 1024))} KiB
                  </span>
                  <button
                    type="button"
                    aria-label={`Remove ${file.name}`}
                    onClick={() => draft.removeFile(file.name)}
                    className="rounded-sm p-0.5 text-ink-3 hover:text-ink"
                  >
                    <X size={13} aria-hidden="true" />
                  </button>
                </li>
              ))}
            </ul>
          ) : null}
          {draft.fault === null ? null : <FaultNote message={draft.fault} />}
          <div className="flex flex-wrap items-end gap-3">
            <input
              ref={input}
              type="file"
              multiple
              hidden
              aria-label="Files to read"
              onChange={(event) => {
                void draft.addFiles([...(event.target.files ?? [])])
                event.target.value = ''
              }}
            />
            <Button onClick={() => input.current?.click()}>
              <Upload size={13} aria-hidden="true" />
              Choose files…
            </Button>
            <div className="min-w-60">
              <SelectField
                label="Format"
                value={draft.format ?? ''}
                onChange={(event) =>
                  draft.setFormat(importFormats.find((format) => format === event.target.value) ?? null)
                }
              >
                <option value="">
                  {detected === null ? 'As it looks' : `As it looks: ${FORMAT_WORDS[detected]}`}
                </option>
                {importFormats.map((format) => (
                  <option key={format} value={format}>
                    {FORMAT_WORDS[format]}
                  </option>
                ))}
              </SelectField>
            </div>
          </div>
        </CardBody>
      </Card>
    </div>
  )
}
