'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { shorten } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
import { Button } from '../button'
import { SelectField } from '../field'
import { QueryFault } from '../query-fault'
import { Skeleton } from '../skeleton'
import { PublicKeyNote } from './public-key-note'

const NewCredential = dynamic(() => import('./new-credential').then((part) => part.NewCredential), {
  ssr: false,
})

/** Chooses a stored key, or takes a new one right here. */
export function CredentialPicker({
  value,
  onChange,
}: {
  value: string | null
  onChange: (credentialId: string) => void
}) {
  const trpc = useTRPC()
  const list = useQuery(trpc.credentials.list.queryOptions())
  const [isAdding, setIsAdding] = useState(false)
  if (list.error) return <QueryFault error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Skeleton className="h-20" />
  const { credentials } = list.data
  const chosen = credentials.find((credential) => credential.id === value)

  if (isAdding || credentials.length === 0) {
    return (
      <NewCredential
        onAdded={(credential) => {
          onChange(credential.id)
          setIsAdding(false)
        }}
        {...(credentials.length > 0 ? { onCancel: () => setIsAdding(false) } : {})}
      />
    )
  }
  return (
    <div className="grid gap-3">
      <div className="flex items-end gap-2">
        <div className="min-w-0 flex-1">
          <SelectField label="Key" value={value ?? ''} onChange={(event) => onChange(event.target.value)}>
            <option value="" disabled>
              Choose a key
            </option>
            {credentials.map((credential) => (
              <option key={credential.id} value={credential.id}>
                {credential.kind === 'agent'
                  ? `${credential.name} — keys of the ssh-agent`
                  : `${credential.name} — ${credential.algorithm} ${shorten(credential.fingerprint, 15, 6)}`}
              </option>
            ))}
          </SelectField>
        </div>
        <Button onClick={() => setIsAdding(true)}>New key…</Button>
      </div>
      {chosen?.kind === 'key' ? <PublicKeyNote publicKey={chosen.publicKey} /> : null}
    </div>
  )
}
