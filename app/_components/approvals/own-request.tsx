'use client'

import { useMutation } from '@tanstack/react-query'
import { formatMoment } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
import type { ApprovalRequestView } from '@/server/approvals/schema'
import { ActButton } from '../act-button'
import { Ago } from '../ago'
import { FaultNote } from '../fault-note'
import { StatePill } from '../state-pill'
import { useApprovalChange } from './use-approval-change'

/** One's own request: another person has to decide; it can be taken back. */
export function OwnRequest({ request }: { request: ApprovalRequestView }) {
  const trpc = useTRPC()
  const { refusal, handlers } = useApprovalChange()
  const withdraw = useMutation(trpc.approvals.withdraw.mutationOptions(handlers))
  return (
    <>
      <div role="status" className="flex flex-wrap items-center gap-2 text-ink-2">
        <StatePill tone="wait" word="Waits for another person" />
        <span>
          You asked <Ago at={request.requestedAt} />. It runs out at {formatMoment(request.expiresAt)}.
        </span>
      </div>
      {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
      <div>
        <ActButton
          does="approvals.withdraw"
          disabled={withdraw.isPending}
          onClick={() => withdraw.mutate({ requestId: request.id })}
        >
          {withdraw.isPending ? 'Withdrawing…' : 'Withdraw the request'}
        </ActButton>
      </div>
    </>
  )
}
