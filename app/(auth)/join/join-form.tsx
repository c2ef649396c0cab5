'use client'

import { useMutation } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { Button, ButtonLink } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { TextField } from '@/app/_components/field'
import { signIn } from '@/app/_lib/session'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useLinkToken } from '@/app/_lib/use-link-token'
import { useOnePress } from '@/app/_lib/use-one-press'

const MIN_PASSWORD = 10

/** Where an admin's link leads: it makes an account, or gives one a new password. */
export function JoinForm() {
  const trpc = useTRPC()
  const token = useLinkToken()
  const once = useOnePress()
  const join = useMutation(
    trpc.people.join.mutationOptions({
      // Once it is done, the link is spent: nothing is left to press again.
      onSuccess: (answer) => {
        if (answer.type !== 'done') once.release()
      },
      onError: once.release,
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const password = String(new FormData(event.currentTarget).get('password'))
    once.press(() => void enter(password).catch(() => undefined))
  }
  const enter = async (password: string) => {
    const answer = await join.mutateAsync({ token: token ?? '', password })
    if (answer.type !== 'done') return
    const signedIn = await signIn(answer.email, password)
    window.location.replace(signedIn.type === 'in' ? '/' : '/sign-in')
  }
  const isBusy = join.isPending || join.data?.type === 'done'
  const refusal = join.data?.type === 'refused' ? join.data : join.error ? describeFault(join.error) : null

  if (token === '')
    return (
      <FaultNote
        tone="warn"
        live={false}
        message="This address holds no token."
        next="Open the whole link that an admin gave you, up to its end."
      >
        <ButtonLink href="/sign-in">To the sign-in</ButtonLink>
      </FaultNote>
    )
  return (
    <Card title={<span className="text-lead">Choose a password</span>}>
      <CardBody>
        <form onSubmit={submit} className="grid gap-3.5">
          <p className="text-ink-2">An admin made this link for you. It works once.</p>
          <TextField
            label="Password"
            name="password"
            type="password"
            autoComplete="new-password"
            required
            autoFocus
            minLength={MIN_PASSWORD}
            maxLength={128}
            hint={`At least ${MIN_PASSWORD} characters.`}
          />
          {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
          <Button type="submit" look="primary" disabled={isBusy || token === null}>
            {isBusy ? 'One moment…' : 'Set the password and sign in'}
          </Button>
        </form>
      </CardBody>
    </Card>
  )
}
