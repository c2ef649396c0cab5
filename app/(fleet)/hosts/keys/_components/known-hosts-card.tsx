'use client'

import { Upload } from 'lucide-react'
import { useRef, useState } from 'react'
import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { TextAreaField } from '@/app/_components/field'
import { plural } from '@/app/_lib/format'
import type { PendingKeys } from '@/server/host-keys/schema'
import { maxKnownHostsCharacters } from '@/server/host-keys/vocabulary'

/** A file that somebody vouches for; how it is made decides what the comparison is worth. */
export function KnownHostsCard({
  text,
  onText,
  read,
}: {
  text: string
  onText: (text: string) => void
  read: Extract<PendingKeys, { type: 'read' }> | null
}) {
  const input = useRef<HTMLInputElement>(null)
  const [fault, setFault] = useState<string | null>(null)
  const take = async (files: FileList | null) => {
    const file = files?.[0]
    if (!file) return
    const isTooLarge = file.size > maxKnownHostsCharacters
    setFault(isTooLarge ? `${file.name} is larger than ${maxKnownHostsCharacters / 1024 / 1024} MiB.` : null)
    if (!isTooLarge) onText(await file.text())
  }
  const first = read?.notices[0]
  return (
    <Card
      title="Compare with a known_hosts file"
      meta={read && text ? `${plural(read.entries, 'line')} with a key` : null}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a short cut; the button does the same */}
      <div
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          if (event.dataTransfer.files.length === 0) return
          event.preventDefault()
          void take(event.dataTransfer.files)
        }}
      >
        <CardBody className="grid gap-3">
          <TextAreaField
            mono
            rows={4}
            label="known_hosts"
            hint="Paste or drop one you can vouch for: written on the hosts themselves, or kept by what installs them. One made by ssh-keyscan over this network only shows that both saw the same."
            value={text}
            onChange={(event) => onText(event.target.value)}
          />
          {fault === null ? null : <FaultNote message={fault} />}
          <div className="flex flex-wrap items-center gap-3">
            <input
              ref={input}
              type="file"
              hidden
              aria-label="known_hosts file"
              onChange={(event) => {
                void take(event.target.files)
                event.target.value = ''
              }}
            />
            <Button onClick={() => input.current?.click()}>
              <Upload size={13} aria-hidden="true" />
              Choose a file…
            </Button>
            {read && first ? (
              <span className="min-w-0 text-ink-3 text-xs">
                {plural(read.notices.length, 'line')} passed over; line {first.line}: {first.message}
              </span>
            ) : null}
          </div>
        </CardBody>
      </div>
    </Card>
  )
}
