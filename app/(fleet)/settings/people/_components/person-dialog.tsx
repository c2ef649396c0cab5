'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Button } from '@/app/_components/button'
import { Dialog } from '@/app/_components/dialog'
import { FaultNote } from '@/app/_components/fault-note'
import { plural } from '@/app/_lib/format'
import { describeFault, type Fault, useTRPC } from '@/app/_lib/trpc'
import type { MadeLink } from './one-time-link'
import type { Person } from './people-table'
import { RoleField } from './role-field'

/** What can be done with one account, each with what it does to the person. */
export function PersonDialog({
  person,
  onLink,
  onClose,
}: {
  person: Person
  onLink: (link: MadeLink) => void
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [role, setRole] = useState(person.role)
  const [fault, setFault] = useState<Fault | null>(null)
  const told = {
    onSuccess: async (answer: { type: 'done' } | ({ type: 'refused' } & Fault)) => {
      await queries.invalidateQueries({ queryKey: trpc.people.list.queryKey() })
      if (answer.type === 'refused') setFault(answer)
      else onClose()
    },
    onError: (error: unknown) => setFault(describeFault(error)),
  }
  const change = useMutation(trpc.people.setRole.mutationOptions(told))
  const disable = useMutation(trpc.people.disable.mutationOptions(told))
  const enable = useMutation(trpc.people.enable.mutationOptions(told))
  const reset = useMutation(trpc.people.resetSecondFactor.mutationOptions(told))
  const password = useMutation(
    trpc.people.newPassword.mutationOptions({
      onSuccess: (answer) => {
        if (answer.type === 'refused') setFault(answer)
        else onLink({ path: answer.path, for: person.email, purpose: 'password' })
      },
      onError: told.onError,
    }),
  )
  const { id: userId } = person
  const isBusy = [change, disable, enable, reset, password].some(({ isPending }) => isPending)
  const isDisabled = person.disabledAt !== null

  return (
    <Dialog title={person.email} onClose={onClose}>
      <RoleField role={role} onRole={setRole} />
      <div>
        <Button
          look="primary"
          disabled={isBusy}
          blocked={role === person.role ? `${person.name} has this role.` : null}
          onClick={() => change.mutate({ userId, role })}
        >
          Give this role
        </Button>
      </div>
      <Choice says="A link that works once, for a day. Until it is used, nothing changes.">
        <Button
          disabled={isBusy}
          blocked={isDisabled ? 'Let them in again first.' : null}
          onClick={() => password.mutate({ userId })}
        >
          Link for a new password
        </Button>
      </Choice>
      <Choice says="For a lost phone without recovery codes. Every browser of theirs is signed out.">
        <Button
          disabled={isBusy}
          blocked={person.hasSecondFactor ? null : 'There is no second factor.'}
          onClick={() => reset.mutate({ userId })}
        >
          Reset the second factor
        </Button>
      </Choice>
      {isDisabled ? (
        <Choice says="They sign in as before; tokens that have not run out work again.">
          <Button disabled={isBusy} onClick={() => enable.mutate({ userId })}>
            Let in again
          </Button>
        </Choice>
      ) : (
        <Choice
          says={`At once: ${plural(person.sessions, 'browser')} signed out, ${plural(person.tokens, 'token')} refused. What they did keeps their name.`}
        >
          <Button look="danger" disabled={isBusy} onClick={() => disable.mutate({ userId })}>
            Disable
          </Button>
        </Choice>
      )}
      {fault ? <FaultNote message={fault.message} next={fault.next} /> : null}
    </Dialog>
  )
}

function Choice({ says, children }: { says: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-2 border-line border-t pt-3">
      <p className="min-w-0 flex-1 basis-52 text-ink-2">{says}</p>
      {children}
    </div>
  )
}
