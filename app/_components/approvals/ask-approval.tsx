'use client'

import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTRPC } from '@/app/_lib/trpc'
import { ActButton } from '../act-button'
import { FaultNote } from '../fault-note'
import { TextField } from '../field'
import type { ToApprove } from './second-person'
import { useApprovalChange } from './use-approval-change'

/** Asks for somebody else's approval of what stands on the page. */
export function AskApproval({ subject, digest }: Pick<ToApprove, 'subject' | 'digest'>) {
  const trpc = useTRPC()
  const [note, setNote] = useState('')
  const { refusal, handlers } = useApprovalChange()
  const ask = useMutation(trpc.approvals.request.mutationOptions(handlers))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!ask.isPending) ask.mutate({ ...subject, digest, note })
  }
  return (
    <form id="approval" onSubmit={submit} className="grid gap-3.5">
      <p className="text-ink-2">
        You may ask for it; somebody else with the role approver reads the same page and approves it. Nothing
        is written before that.
      </p>
      <div className="max-w-[460px]">
        <TextField
          label="A word for whoever approves"
          hint="Optional: why, and until when it is wanted."
          maxLength={500}
          autoComplete="off"
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </div>
      {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
      <div>
        <ActButton does="approvals.request" type="submit" look="primary" disabled={ask.isPending}>
          {ask.isPending ? 'Asking…' : 'Ask for approval'}
        </ActButton>
      </div>
    </form>
  )
}
