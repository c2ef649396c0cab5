'use client'

import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { Card, CardBody } from '@/app/_components/card'
import { TextField } from '@/app/_components/field'
import { useTRPC } from '@/app/_lib/trpc'
import { fewestHours, mostHours } from '@/server/approvals/vocabulary'
import { usePolicyChange } from './use-policy-change'

/** How long a request waits, and how long what two people approved may begin. */
export function HoursCard({ validHours }: { validHours: number }) {
  const trpc = useTRPC()
  const [hours, setHours] = useState(String(validHours))
  const set = useMutation(trpc.approvals.setHours.mutationOptions(usePolicyChange()))
  const wanted = Number(hours)
  const isGood = Number.isInteger(wanted) && wanted >= fewestHours && wanted <= mostHours
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isGood && !set.isPending) set.mutate({ validHours: wanted })
  }
  return (
    <Card title="How long an approval is good">
      <CardBody>
        <form onSubmit={submit} className="grid gap-3.5">
          <div className="max-w-[460px]">
            <TextField
              label="Hours"
              inputMode="numeric"
              hint="A request waits so long for a decision; after the approval a run may begin, and a rollout begin hosts, for so long."
              error={isGood ? null : `A whole number from ${fewestHours} to ${mostHours}.`}
              value={hours}
              onChange={(event) => setHours(event.target.value)}
            />
          </div>
          <div>
            <ActButton
              does="approvals.setHours"
              type="submit"
              disabled={set.isPending}
              blocked={!isGood ? 'Mend the hours first.' : wanted === validHours ? 'It is so already.' : null}
            >
              {set.isPending ? 'Setting…' : 'Set'}
            </ActButton>
          </div>
        </form>
      </CardBody>
    </Card>
  )
}
