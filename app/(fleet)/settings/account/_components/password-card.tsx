'use client'

import { useMutation } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { TextField } from '@/app/_components/field'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPC } from '@/app/_lib/trpc'

export function PasswordCard() {
  const trpc = useTRPC()
  const change = useMutation(trpc.session.changePassword.mutationOptions())
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const data = new FormData(form)
    const asked = { current: String(data.get('current')), password: String(data.get('password')) }
    const answer = await change.mutateAsync(asked).catch(() => null)
    if (answer?.type !== 'done') return
    form.reset()
    notify({ tone: 'ok', message: 'The password is changed. Every other browser of yours is signed out.' })
  }
  const refusal =
    change.data?.type === 'refused' ? change.data : change.error ? describeFault(change.error) : null
  return (
    <Card title="Password">
      <CardBody>
        <form onSubmit={(event) => void submit(event)} className="grid gap-3.5">
          <TextField
            label="Present password"
            name="current"
            type="password"
            autoComplete="current-password"
            required
          />
          <TextField
            label="New password"
            name="password"
            type="password"
            autoComplete="new-password"
            required
            minLength={10}
            maxLength={128}
            hint="At least 10 characters."
          />
          {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
          <div>
            <Button type="submit" disabled={change.isPending}>
              Change the password
            </Button>
          </div>
        </form>
      </CardBody>
    </Card>
  )
}
