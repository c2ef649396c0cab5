import Link from 'next/link'
import { Ago } from '@/app/_components/ago'
import { Card } from '@/app/_components/card'
import { StatePill } from '@/app/_components/state-pill'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { APPROVAL_MARKS, approvalHref } from '@/app/_lib/approval-words'
import { formatMoment, plural } from '@/app/_lib/format'
import type { ApprovalRequestView } from '@/server/approvals/schema'

export function ApprovalTable({
  title,
  requests,
}: {
  title: string
  requests: readonly ApprovalRequestView[]
}) {
  return (
    <Card title={title} meta={plural(requests.length, 'request')}>
      <Table
        label={title}
        head={
          <>
            <Th>What</Th>
            <Th>State</Th>
            <Th>Asked for by</Th>
            <Th>Decided by</Th>
            <Th>Said</Th>
            <Th className="text-right">Runs out</Th>
          </>
        }
      >
        {requests.map((request) => (
          <Tr key={request.id}>
            <Td wide className="font-medium">
              <Link href={approvalHref(request)} className="rounded-sm text-accent hover:underline">
                {request.rolloutId === null ? request.title : `Rollout ${request.title}`}
              </Link>
              {request.rolloutId === null ? null : (
                <span className="ml-2 font-normal text-ink-3 text-xs">
                  {plural(request.devices, 'device')} on {plural(request.hosts, 'host')}
                </span>
              )}
            </Td>
            <Td label="State">
              <StatePill {...APPROVAL_MARKS[request.state]} />
            </Td>
            <Td label="Asked for by">
              {request.isMine ? 'you' : request.requestedBy}, <Ago at={request.requestedAt} />
            </Td>
            <Td label="Decided by">
              {request.decidedBy === null || request.state === 'expired' ? '' : request.decidedBy}
            </Td>
            <Td wide wraps label="Said" className="text-ink-2">
              {request.reason || request.note}
            </Td>
            <Td label="Runs out" className="text-right text-ink-3 text-xs">
              {request.state === 'waiting' ? formatMoment(request.expiresAt) : ''}
            </Td>
          </Tr>
        ))}
      </Table>
    </Card>
  )
}
