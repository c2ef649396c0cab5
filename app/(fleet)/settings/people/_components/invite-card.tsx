'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { TextField } from '@/app/_components/field'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import type { Role } from '@/server/auth/vocabulary'
import type { MadeLink } from './one-time-link'
import { RoleField } from './role-field'

export function InviteCard({ onLink, onCancel }: { onLink: (link: MadeLink) => void; onCancel: () => void }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [role, setRole] = useState<Role>('viewer')
  const invite = useMutation(
    trpc.people.invite.mutationOptions({
      onSuccess: async (answer, { email }) => {
        await queries.invalidateQueries({ queryKey: trpc.people.list.queryKey() })
        if (answer.type === 'link') onLink({ path: answer.path, for: email, purpose: 'account' })
      },
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    invite.mutate({ name: String(form.get('name')), email: String(form.get('email')), role })
  }
  const refusal =
    invite.data?.type === 'refused' ? invite.data : invite.error ? describeFault(invite.error) : null
  return (
    <Card title="Invite somebody" className="max-w-[640px]">
      <CardBody>
        <form onSubmit={submit} className="grid gap-3.5">
          <TextField label="Name" name="name" required maxLength={100} autoFocus autoComplete="off" />
          <TextField
            label="E-mail address"
            name="email"
            type="email"
            required
            autoComplete="off"
            hint="The name they sign in with. Nothing is sent to it."
          />
          <RoleField role={role} onRole={setRole} />
          {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
          <div className="flex gap-2">
            <Button type="submit" look="primary" disabled={invite.isPending}>
              Make the link
            </Button>
            <Button onClick={onCancel}>Cancel</Button>
          </div>
        </form>
      </CardBody>
    </Card>
  )
}
