'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { Card, CardBody } from '@/app/_components/card'
import { NewCredential } from '@/app/_components/credentials/new-credential'
import { PublicKeyNote } from '@/app/_components/credentials/public-key-note'
import { PageTitle } from '@/app/_components/page-title'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_lib/trpc'
import { AddAgent } from './add-agent'
import { KeyTable } from './key-table'
import { TestKey } from './test-key'

/** The keys that open hosts. Private halves go in and never come out. */
export function KeysPage() {
  const trpc = useTRPC()
  const list = useQuery(trpc.credentials.list.queryOptions())
  const [isAdding, setIsAdding] = useState(false)
  const [openId, setOpenId] = useState<string | null>(null)
  const [testId, setTestId] = useState<string | null>(null)
  if (list.error) return <QueryFault error={list.error} onRetry={() => void list.refetch()} />
  const credentials = list.data?.credentials
  const tested = credentials?.find((credential) => credential.id === testId)
  const open = credentials?.find((credential) => credential.id === openId)
  return (
    <>
      <PageTitle
        title="Keys"
        sentence="Private keys that open hosts: stored encrypted, never shown again."
        actions={
          <>
            <AddAgent />
            <ActButton does="credentials.add" look="primary" onClick={() => setIsAdding(true)}>
              New key…
            </ActButton>
          </>
        }
      />
      {isAdding || credentials?.length === 0 ? (
        <Card title="New key" className="max-w-[640px]">
          <CardBody>
            <NewCredential
              onAdded={(credential) => {
                setIsAdding(false)
                setOpenId(credential.id)
              }}
              {...(credentials?.length === 0 ? {} : { onCancel: () => setIsAdding(false) })}
            />
          </CardBody>
        </Card>
      ) : null}
      {open ? (
        <Card title={`Public half of ${open.name}`}>
          <CardBody>
            <PublicKeyNote publicKey={open.publicKey} />
          </CardBody>
        </Card>
      ) : null}
      {tested ? <TestKey key={tested.id} credential={tested} onClose={() => setTestId(null)} /> : null}
      {credentials === undefined ? <Skeleton className="h-40" /> : null}
      {credentials && credentials.length > 0 ? (
        <KeyTable credentials={credentials} openId={openId} onOpen={setOpenId} onTest={setTestId} />
      ) : null}
    </>
  )
}
