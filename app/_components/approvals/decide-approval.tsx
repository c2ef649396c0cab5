'use client'

import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { formatMoment } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { ApprovalRequestView } from '@/server/approvals/schema'
import { ActButton } from '../act-button'
import { Ago } from '../ago'
import { FaultNote } from '../fault-note'
import { PhraseField } from '../phrase-field'
import { RejectApproval } from './reject-approval'
import type { ToApprove } from './second-person'
import { useApprovalChange } from './use-approval-change'

/** Somebody else asked: approve what stands above by its phrase, or reject it with a reason. */
export function DecideApproval({
  request,
  digest,
  phrase,
  onApproved,
}: Pick<ToApprove, 'digest' | 'phrase' | 'onApproved'> & { request: ApprovalRequestView }) {
  const trpc = useTRPC()
  const [matches, setMatches] = useState(false)
  const once = useOnePress()
  const { refusal, handlers } = useApprovalChange()
  const approve = useMutation(
    trpc.approvals.approve.mutationOptions({
      ...handlers,
      onSuccess: (answer) => {
        handlers.onSuccess(answer)
        if (answer.type === 'done') onApproved?.(answer.jobId)
      },
      onSettled: (_answer, _error, _input, _result, { client }) => {
        once.release()
        return client.invalidateQueries()
      },
    }),
  )
  const isSame = request.digest === digest
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (matches && isSame) once.press(() => approve.mutate({ requestId: request.id, digest, phrase }))
  }
  return (
    <>
      <form id="approval" onSubmit={submit} className="grid gap-3.5">
        <p className="text-ink-2">
          <b className="font-semibold text-ink">{request.requestedBy}</b> asked for it{' '}
          <Ago at={request.requestedAt} />
          {request.note ? `: “${request.note}”` : '.'} It runs out at {formatMoment(request.expiresAt)}.
        </p>
        <p className="text-ink-3 text-xs">
          Your approval covers what stands above, digest{' '}
          <span className="font-mono break-all text-ink-2">{digest}</span>. If anything on a host differs when
          its turn comes, nothing is written there.
        </p>
        {isSame ? null : (
          <FaultNote
            live={false}
            message="What was asked for is not what stands here: another plan has come since."
            next="Reject it, or have it asked for again."
          />
        )}
        <div className="max-w-[460px]">
          <PhraseField phrase={phrase} onMatch={setMatches} />
        </div>
        {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
        <div>
          <ActButton
            does="approvals.approve"
            type="submit"
            look="primary"
            disabled={approve.isPending || !isSame}
            blocked={matches ? null : 'Type the phrase first.'}
          >
            {approve.isPending ? 'Approving…' : 'Approve and begin'}
          </ActButton>
        </div>
      </form>
      <RejectApproval requestId={request.id} />
    </>
  )
}
