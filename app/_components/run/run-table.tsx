import { clsx } from 'clsx'
import Link from 'next/link'
import { formatDuration } from '@/app/_lib/format'
import { kindVerb } from '@/app/_lib/kind-words'
import { jobMark, STUCK } from '@/app/_lib/states'
import type { JobRow } from '@/server/jobs/schema'
import { Ago } from '../ago'
import { Bytes } from '../bytes'
import { StatePill } from '../state-pill'
import { Table, Td, Th, Tr } from '../table'

export function RunTable({
  jobs,
  open,
  withHost,
}: {
  jobs: readonly JobRow[]
  open?: string | null
  withHost: boolean
}) {
  return (
    <Table
      label="Runs"
      head={
        <>
          <Th>State</Th>
          {withHost ? <Th>Host</Th> : null}
          <Th>Run</Th>
          <Th className="text-right">Gained</Th>
          <Th className="text-right">Predicted</Th>
          <Th>Message</Th>
          <Th className="text-right">Took</Th>
          <Th className="text-right">Begun</Th>
        </>
      }
    >
      {jobs.map((job) => (
        <Tr key={job.id} className={clsx(job.id === open ? 'bg-run-bg' : 'hover:bg-bg')}>
          <Td>
            <StatePill {...(job.stuck === null ? jobMark(job) : STUCK)} />
          </Td>
          {withHost ? (
            <Td className="max-sm:text-right!">
              <Link href={`/hosts/${job.hostId}`} className="rounded-sm font-mono text-xs hover:underline">
                {job.hostName}
              </Link>
            </Td>
          ) : null}
          <Td wide={withHost}>
            <Link
              href={{ pathname: `/hosts/${job.hostId}`, query: { tab: 'runs', run: job.id } }}
              scroll={false}
              aria-current={job.id === open ? 'true' : undefined}
              className="rounded-sm underline decoration-line-strong underline-offset-4 hover:decoration-accent"
            >
              {kindVerb(job.kind)} <span className="font-mono text-xs">{job.daxName}</span>
            </Link>
          </Td>
          <Td label="Gained" className="text-right">
            {job.onlineBytesAfter !== null && job.onlineBytesBefore !== null ? (
              <Bytes value={job.onlineBytesAfter - job.onlineBytesBefore} signed />
            ) : (
              <span className="text-ink-3">–</span>
            )}
          </Td>
          <Td label="Predicted" className="text-right text-ink-2">
            <Bytes value={job.predictedBytes} />
          </Td>
          <Td wide className="max-w-96 truncate text-ink-3 text-xs" title={job.message}>
            {job.message}
          </Td>
          <Td label="Took" className="text-right text-ink-3 text-xs">
            {job.endedAt && job.startedAt
              ? formatDuration(job.endedAt.getTime() - job.startedAt.getTime())
              : '–'}
          </Td>
          <Td label="Begun" className="text-right text-ink-3 text-xs">
            <Ago at={job.createdAt} />
          </Td>
        </Tr>
      ))}
    </Table>
  )
}
