'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { ButtonLink } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { CredentialPicker } from '@/app/_components/credentials/credential-picker'
import { FaultNote } from '@/app/_components/fault-note'
import { TextField } from '@/app/_components/field'
import { PageTitle } from '@/app/_components/page-title'
import { Skeleton } from '@/app/_components/skeleton'
import { formatCount, plural } from '@/app/_lib/format'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { ImportPreview } from '@/server/imports/schema'
import { NoticesCard } from './notices-card'
import { SourcesCard } from './sources-card'
import { useImportDraft } from './use-import-draft'
import { useImportPreview } from './use-import-preview'

// Read when there is something to show.
const AnsibleLabels = dynamic(() => import('./ansible-labels').then((part) => part.AnsibleLabels), {
  ssr: false,
})
const PreviewCard = dynamic(() => import('./preview-card').then((part) => part.PreviewCard), {
  ssr: false,
  loading: () => <Skeleton className="h-60" />,
})

export function AddHostsForm({ onAdded }: { onAdded: (hostIds: readonly string[]) => void }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [credentialId, setCredentialId] = useState<string | null>(null)
  const draft = useImportDraft()
  const { preview, request, error, isSettled, again } = useImportPreview(draft)
  const read = preview?.type === 'read' ? preview : null
  const fresh = read?.rows.filter((row) => row.verdict === 'new').length ?? 0
  const leftOut = (read?.rows.length ?? 0) - fresh
  const once = useOnePress()
  const save = useMutation(
    trpc.imports.save.mutationOptions({
      onSuccess: async (answer) => {
        if (answer.type === 'refused') return again()
        await queries.invalidateQueries({ queryKey: trpc.hosts.pathKey() })
        onAdded(answer.hostIds)
      },
      onSettled: once.release,
    }),
  )
  const blocked = blockedBecause(preview, fresh, isSettled, credentialId)
  const fault = error ?? save.error

  return (
    <>
      <PageTitle
        title="Add hosts"
        sentence="Paste or drop them, check the verdict on each, choose the key that opens them."
        actions={<ButtonLink href="/hosts">Back to hosts</ButtonLink>}
      />
      <div className="grid items-start gap-4 xl:grid-cols-[1.5fr_1fr]">
        <SourcesCard draft={draft} detected={draft.format === null ? (read?.format ?? null) : null} />
        <div className="grid min-w-0 gap-4">
          <Card title="Account and key" meta="for all of them">
            <CardBody className="grid gap-3.5">
              <TextField
                mono
                label="User"
                hint="Where a host names none. An ordinary account (what sudo has to allow stands on each host’s Access tab), or root."
                value={draft.username}
                autoComplete="off"
                onChange={(event) => draft.setUsername(event.target.value)}
              />
              <CredentialPicker value={credentialId} onChange={setCredentialId} />
            </CardBody>
          </Card>
          {read?.format.startsWith('ansible') ? <AnsibleLabels draft={draft} found={read.variables} /> : null}
        </div>
      </div>
      {preview?.type === 'refused' ? <FaultNote message={preview.message} next={preview.next} /> : null}
      {fault ? <FaultNote {...describeFault(fault)} /> : null}
      {read ? <NoticesCard notices={read.notices} /> : null}
      {read && read.rows.length > 0 ? <PreviewCard rows={read.rows} /> : null}
      {save.data?.type === 'refused' ? <FaultNote message={save.data.message} next={save.data.next} /> : null}
      <div className="flex flex-wrap items-center gap-3">
        <ActButton
          does="imports.save"
          look="primary"
          blocked={blocked}
          disabled={save.isPending}
          onClick={() =>
            credentialId &&
            request &&
            read &&
            once.press(() => save.mutate({ ...request, credentialId, digest: read.digest }))
          }
        >
          {save.isPending ? 'Adding…' : `Add ${plural(fresh, 'host')} and probe`}
        </ActButton>
        <span className="text-ink-3 text-xs">
          {blocked ?? (leftOut > 0 ? `${formatCount(leftOut)} will be left out.` : 'All or none are saved.')}
        </span>
      </div>
    </>
  )
}

function blockedBecause(
  preview: ImportPreview | null,
  fresh: number,
  isSettled: boolean,
  credentialId: string | null,
): string | null {
  if (!isSettled) return 'Reading…'
  if (preview?.type === 'refused') return preview.message
  if (fresh === 0) return 'Give at least one host that is not in the fleet yet.'
  return credentialId === null ? 'Choose the key that opens them.' : null
}
