'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Card } from '@/app/_components/card'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { StatePill } from '@/app/_components/state-pill'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { standingWords } from '@/app/_lib/device-words'
import { formatCount } from '@/app/_lib/format'
import { ATTENTION_STANDINGS, hostMark } from '@/app/_lib/states'
import { useTRPC } from '@/app/_lib/trpc'

const SHOWN = 8
const QUERY = `state:${ATTENTION_STANDINGS.join(',')}`

/** Hosts a person has to do something about, each with why; the rest stands in the list. */
export function AttentionCard() {
  const trpc = useTRPC()
  const list = useQuery(trpc.hosts.list.queryOptions({ query: QUERY, limit: SHOWN }))
  const { data } = list
  return (
    <Card
      title="Needs attention"
      meta={data ? formatCount(data.matching) : null}
      aside={
        data && data.matching > SHOWN ? (
          <Link
            href={{ pathname: '/hosts', query: { q: QUERY } }}
            className="rounded-sm text-xs underline decoration-line-strong underline-offset-4"
          >
            All {formatCount(data.matching)}
          </Link>
        ) : null
      }
    >
      {data === undefined ? (
        list.error ? (
          <QueryFault error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <Skeleton className="m-3.5 h-40" />
        )
      ) : data.hosts.length === 0 ? (
        <p className="px-3.5 py-6 text-center text-ink-2">
          Nothing: every host answers and is as it should be.
        </p>
      ) : (
        <Table
          label="Hosts that need attention"
          head={
            <>
              <Th>State</Th>
              <Th>Host</Th>
              <Th>Why</Th>
            </>
          }
        >
          {data.hosts.map((host) => (
            <Tr key={host.id}>
              <Td>
                <StatePill {...hostMark(host)} />
              </Td>
              <Td>
                <Link href={`/hosts/${host.id}`} className="rounded-sm font-mono text-xs hover:underline">
                  {host.name}
                </Link>
              </Td>
              <Td wide className="max-w-64 truncate text-ink-3 text-xs" title={standingWords(host)}>
                {standingWords(host)}
              </Td>
            </Tr>
          ))}
        </Table>
      )}
    </Card>
  )
}
