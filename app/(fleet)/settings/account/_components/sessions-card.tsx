'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Ago } from '@/app/_components/ago'
import { Button } from '@/app/_components/button'
import { Card } from '@/app/_components/card'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { browserWords } from '@/app/_lib/browser-words'
import { formatMoment, plural } from '@/app/_lib/format'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPC } from '@/app/_lib/trpc'

/** Where one is signed in, and the way to end it. */
export function SessionsCard() {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const list = useQuery(trpc.session.list.queryOptions())
  const told = {
    onSuccess: () => queries.invalidateQueries({ queryKey: trpc.session.list.queryKey() }),
    onError: (error: unknown) => notify({ tone: 'fail', ...describeFault(error) }),
  }
  const end = useMutation(trpc.session.end.mutationOptions(told))
  const endOthers = useMutation(trpc.session.endOthers.mutationOptions(told))
  if (list.error) return <QueryFault error={list.error} onRetry={() => void list.refetch()} />
  const sessions = list.data?.sessions
  if (sessions === undefined) return <Skeleton className="h-32" />
  const others = sessions.filter((session) => !session.isThis).length
  return (
    <Card
      title="Where you are signed in"
      meta={plural(sessions.length, 'browser')}
      aside={
        <Button
          className="text-xs"
          disabled={endOthers.isPending}
          blocked={others === 0 ? 'You are signed in nowhere else.' : null}
          onClick={() => endOthers.mutate()}
        >
          Sign out everywhere else
        </Button>
      }
    >
      <Table
        label="Where you are signed in"
        head={
          <>
            <Th>Browser</Th>
            <Th>Address</Th>
            <Th className="text-right">Signed in</Th>
            <Th className="text-right">Ends unless used</Th>
            <Th>
              <span className="sr-only">Action</span>
            </Th>
          </>
        }
      >
        {sessions.map((session) => (
          <Tr key={session.id}>
            <Td wide title={session.userAgent ?? undefined}>
              {browserWords(session.userAgent)}
              {session.isThis ? <span className="ml-2 text-ink-3 text-xs">this one</span> : null}
            </Td>
            <Td label="Address" className="font-mono text-xs">
              {session.clientAddress ?? <span className="font-sans text-ink-3">not known</span>}
            </Td>
            <Td label="Signed in" className="text-right text-ink-3 text-xs">
              <Ago at={session.createdAt} />
            </Td>
            <Td label="Ends unless used" className="text-right text-ink-3 text-xs">
              {formatMoment(session.expiresAt)}
            </Td>
            <Td wide className="text-right">
              <Button
                look="quiet"
                className="px-1.5 text-xs"
                disabled={end.isPending}
                blocked={session.isThis ? 'This is the one you use: sign out below the list of pages.' : null}
                onClick={() => end.mutate({ sessionId: session.id })}
              >
                Sign out
              </Button>
            </Td>
          </Tr>
        ))}
      </Table>
    </Card>
  )
}
