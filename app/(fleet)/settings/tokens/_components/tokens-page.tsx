'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { CommandLine } from '@/app/_components/command-line'
import { PageTitle } from '@/app/_components/page-title'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_lib/trpc'
import { useRefusal } from '@/app/_lib/use-refusal'
import { NewToken } from './new-token'
import { TokenTable } from './token-table'

/** Ways in for programs. A token is shown once, here. */
export function TokensPage() {
  const trpc = useTRPC()
  const list = useQuery(trpc.tokens.list.queryOptions())
  const refusal = useRefusal('tokens.create')
  const [isMaking, setIsMaking] = useState(false)
  const [made, setMade] = useState<string | null>(null)
  if (list.error) return <QueryFault error={list.error} onRetry={() => void list.refetch()} />
  if (list.data === undefined) return <Skeleton className="h-40" />
  const { tokens, areas, rights, role } = list.data
  return (
    <>
      <PageTitle
        title="API tokens"
        sentence="For programs: each acts for whoever made it, within its scopes and that person’s role."
        actions={
          <Button look="primary" blocked={refusal} onClick={() => setIsMaking(true)}>
            New token…
          </Button>
        }
      />
      {made ? (
        <Card
          title="The new token"
          aside={
            <Button look="quiet" className="px-1.5 text-xs" onClick={() => setMade(null)}>
              Done
            </Button>
          }
        >
          <CardBody className="grid gap-2">
            <p className="text-ink-2" role="status">
              Shown this once. Whoever has it may do what its scopes say.
            </p>
            <CommandLine text={made} label="the token" />
            <p className="text-ink-2">Try it:</p>
            <CommandLine
              text={`curl -H 'Authorization: Bearer ${made}' ${window.location.origin}/api/v1/hosts`}
              label="the command"
            />
          </CardBody>
        </Card>
      ) : null}
      {isMaking ? (
        <NewToken
          areas={areas}
          rights={rights}
          onMade={(token) => {
            setIsMaking(false)
            setMade(token)
          }}
          onCancel={() => setIsMaking(false)}
        />
      ) : null}
      {tokens.length > 0 ? (
        <TokenTable tokens={tokens} showsOwner={role === 'admin'} />
      ) : (
        <p className="text-ink-2">
          There is no token yet. What programs can do stands in{' '}
          <a href="/api/v1/openapi.json" className="font-medium text-accent underline underline-offset-2">
            /api/v1/openapi.json
          </a>
          .
        </p>
      )}
    </>
  )
}
