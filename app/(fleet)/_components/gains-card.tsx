'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Ago } from '@/app/_components/ago'
import { Bytes } from '@/app/_components/bytes'
import { Card } from '@/app/_components/card'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { kindVerb } from '@/app/_lib/kind-words'
import { useTRPC } from '@/app/_lib/trpc'
import type { JobRow } from '@/server/jobs/schema'

const READ = 50
const SHOWN = 5

/** What conversions brought of late and restores took, as read back. */
export function GainsCard() {
  const trpc = useTRPC()
  const list = useQuery(trpc.jobs.list.queryOptions({ limit: READ }))
  const gains = list.data?.jobs.filter((job) => gainOf(job) !== 0n).slice(0, SHOWN)
  return (
    <Card
      title="Recent gains and losses"
      aside={
        <Link href="/runs" className="rounded-sm text-xs underline decoration-line-strong underline-offset-4">
          All runs
        </Link>
      }
    >
      {gains === undefined ? (
        list.error ? (
          <QueryFault error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <Skeleton className="m-3.5 h-20" />
        )
      ) : gains.length === 0 ? (
        <p className="px-3.5 py-6 text-center text-ink-2">None among the newest {READ} runs.</p>
      ) : (
        <Table
          label="Recent gains and losses"
          head={
            <>
              <Th className="text-right">Change</Th>
              <Th>Host</Th>
              <Th>Run</Th>
              <Th className="text-right">When</Th>
            </>
          }
        >
          {gains.map((job) => (
            <Tr key={job.id}>
              <Td className="text-right font-medium">
                <Bytes value={gainOf(job)} signed />
              </Td>
              <Td>
                <Link href={`/hosts/${job.hostId}`} className="rounded-sm font-mono text-xs hover:underline">
                  {job.hostName}
                </Link>
              </Td>
              <Td>
                <Link
                  href={{ pathname: `/hosts/${job.hostId}`, query: { tab: 'runs', run: job.id } }}
                  className="rounded-sm underline decoration-line-strong underline-offset-4"
                >
                  {kindVerb(job.kind)} <span className="font-mono text-xs">{job.daxName}</span>
                </Link>
              </Td>
              <Td label="When" className="text-right text-ink-3 text-xs">
                <Ago at={job.endedAt ?? job.createdAt} />
              </Td>
            </Tr>
          ))}
        </Table>
      )}
    </Card>
  )
}

function gainOf(job: JobRow): bigint {
  if (job.onlineBytesAfter === null || job.onlineBytesBefore === null) return 0n
  return job.onlineBytesAfter - job.onlineBytesBefore
}
