import Link from 'next/link'
import { APPROVAL_MARKS, approvalHref } from '@/app/_lib/approval-words'
import type { ApprovalRequestView } from '@/server/approvals/schema'
import { Ago } from '../ago'
import { StatePill } from '../state-pill'

/** What became of the request before: by whom, when, and why. */
export function EarlierRequest({ request }: { request: ApprovalRequestView }) {
  return (
    <div role="status" className="flex flex-wrap items-center gap-2 text-ink-2">
      <StatePill {...APPROVAL_MARKS[request.state]} />
      <span>
        {request.decidedBy && request.state !== 'expired' ? `by ${request.decidedBy}, ` : ''}
        <Ago at={request.decidedAt ?? request.expiresAt} />. Asked for by {request.requestedBy}.
      </span>
      {request.reason ? <span className="w-full break-words">Why: {request.reason}</span> : null}
      {request.jobId ? (
        <Link href={approvalHref(request)} className="rounded-sm font-medium text-accent hover:underline">
          Open the run
        </Link>
      ) : null}
    </div>
  )
}
