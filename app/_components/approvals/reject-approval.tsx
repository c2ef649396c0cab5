'use client'

import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '@/app/_lib/trpc'
import { ActButton } from '../act-button'
import { FaultNote } from '../fault-note'
import { TextField } from '../field'
import { useApprovalChange } from './use-approval-change'

/** Says no, with the reason the requester reads. */
export function RejectApproval({ requestId }: { requestId: string }) {
  const trpc = useTRPC()
  const [reason, setReason] = useState('')
  const { refusal, handlers } = useApprovalChange()
  const reject = useMutation(trpc.approvals.reject.mutationOptions(handlers))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (reason.trim() !== '' && !reject.isPending) reject.mutate({ requestId, reason })
  }
  return (
    <form onSubmit={submit} className="grid gap-3.5 border-line border-t pt-3.5">
      <div className="max-w-[460px]">
        <TextField
          label="Or why not"
          hint="Whoever asked reads it."
          maxLength={500}
          autoComplete="off"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
      <div>
        <ActButton
          does="approvals.reject"
          type="submit"
          look="danger"
          disabled={reject.isPending}
          blocked={reason.trim() === '' ? 'Say why first.' : null}
        >
          {reject.isPending ? 'Rejecting…' : 'Reject'}
        </ActButton>
      </div>
    </form>
  )
}
