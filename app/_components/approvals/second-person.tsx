'use client'

import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ruleWords } from '@/app/_lib/approval-words'
import { useTRPC } from '@/app/_lib/trpc'
import { Card, CardBody } from '../card'
import { QueryFault } from '../query-fault'
import { Skeleton } from '../skeleton'
import { AskApproval } from './ask-approval'
import { DecideApproval } from './decide-approval'
import { EarlierRequest } from './earlier-request'
import { OwnRequest } from './own-request'

export interface ToApprove {
  subject: { planId: string } | { rolloutId: string }
  /** What stands on the page, and what is typed for it. */
  digest: string
  phrase: string
  /** What becomes of it, in a sentence or two. */
  consequence: ReactNode
  /** It was approved here; the run it began, if it is one. */
  onApproved?: (jobId: string | null) => void
}

/**
 * Where one person is enough, `alone`; where a rule asks for two: asking, waiting, deciding, and what became of it. What is
 * to be approved stands above on the same page, as it always does.
 */
export function SecondPerson({ alone, ...given }: ToApprove & { alone: ReactNode }) {
  const trpc = useTRPC()
  const { data, error, refetch } = useQuery(trpc.approvals.standing.queryOptions(given.subject))
  if (error && !data) return <QueryFault error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Skeleton className="h-40" />
  const { rules, request } = data
  const waiting = request?.state === 'waiting' ? request : null
  if (rules.length === 0 && waiting === null) return alone
  const asking = rules.length > 0 ? rules : (waiting?.rules ?? [])
  return (
    <Card title="Two people approve this" meta={`rule: ${asking.map(ruleWords).join('; ')}`}>
      <CardBody className="grid gap-3.5">
        <p className="max-w-[80ch] text-ink-2">{given.consequence}</p>
        {request !== null && waiting === null ? <EarlierRequest request={request} /> : null}
        {waiting === null ? (
          request?.state === 'approved' ? null : (
            <AskApproval {...given} />
          )
        ) : waiting.isMine ? (
          <OwnRequest request={waiting} />
        ) : (
          <DecideApproval {...given} request={waiting} />
        )}
      </CardBody>
    </Card>
  )
}
