'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Card, CardBody } from '@/app/_components/card'
import { PageTitle } from '@/app/_components/page-title'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { ruleWords } from '@/app/_lib/approval-words'
import { plural } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
import { ApprovalTable } from './approval-table'

/** What waits for a second person, and what became of the rest. */
export function ApprovalsPage() {
  const trpc = useTRPC()
  const list = useQuery(trpc.approvals.list.queryOptions({}))
  const policy = useQuery(trpc.approvals.policy.queryOptions())
  if (list.error && !list.data) return <QueryFault error={list.error} onRetry={() => void list.refetch()} />
  if (list.data === undefined) return <Skeleton className="h-40" />
  const { requests, waiting } = list.data
  const isWaiting = (request: (typeof requests)[number]) => request.state === 'waiting'
  const rules = policy.data?.rules ?? []
  return (
    <>
      <PageTitle
        title="Approvals"
        sentence={
          waiting === 0
            ? 'Nothing waits for a second person.'
            : `${plural(waiting, 'request waits', 'requests wait')} for a second person.`
        }
      />
      {waiting > 0 ? (
        <ApprovalTable title="Waiting for approval" requests={requests.filter(isWaiting)} />
      ) : null}
      {requests.length > waiting ? (
        <ApprovalTable title="Decided" requests={requests.filter((request) => !isWaiting(request))} />
      ) : null}
      {requests.length === 0 && policy.data ? (
        <Card title={rules.length === 0 ? 'One person is enough here' : 'How it goes'}>
          <CardBody className="grid gap-2 text-ink-2">
            {rules.length === 0 ? (
              <p>
                No rule asks for a second person. An admin makes one in{' '}
                <Link
                  href="/settings/approvals"
                  className="rounded-sm font-medium text-accent hover:underline"
                >
                  Settings, Approvals
                </Link>
                , for instance for <code className="font-mono text-xs">label:env=prod</code>.
              </p>
            ) : (
              <ol className="grid list-decimal gap-1 pl-5">
                <li>
                  Somebody plans a conversion or a rollout on hosts under{' '}
                  {rules.map(({ selector }) => ruleWords(selector)).join('; ')}.
                </li>
                <li>They press “Ask for approval” below the plan.</li>
                <li>It appears here, and somebody else with the role approver approves or rejects it.</li>
              </ol>
            )}
          </CardBody>
        </Card>
      ) : null}
    </>
  )
}
