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

export function SetupForm() {
  const trpc = useTRPC()
  const token = useLinkToken()
  const once = useOnePress()
  const complete = useMutation(
    trpc.setup.complete.mutationOptions({
      // Once the account is made, the link is spent: nothing is left to press again.
      onSuccess: (answer) => {
        if (answer.type !== 'done') once.release()
      },
      onError: once.release,
    }),
  )

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    once.press(() => void make(form).catch(() => undefined))
  }
  const make = async (form: FormData) => {
    const email = String(form.get('email'))
    const password = String(form.get('password'))
    const answer = await complete.mutateAsync({
      token: token ?? '',
      name: String(form.get('name')),
      email,
      password,
    })
    if (answer.type !== 'done') return
    const signedIn = await signIn(email, password)
    window.location.replace(signedIn.type === 'in' ? '/hosts' : '/sign-in')
  }
  const isMaking = complete.isPending || complete.data?.type === 'done'
  const refusal =
    complete.data?.type === 'refused' ? complete.data : complete.error ? describeFault(complete.error) : null

  if (token === '') {
    return (
      <FaultNote
        tone="warn"
        live={false}
        message="This address holds no set-up token."
        next="Open the whole link that Daxfleet printed in its terminal, up to its end."
      >
        <ButtonLink href="/sign-in">To the sign-in</ButtonLink>
      </FaultNote>
    )
  }
  return (
    <Card title={<span className="text-lead">Make the first account</span>}>
      <CardBody>
        <form onSubmit={submit} className="grid gap-3.5">
          <p className="text-ink-2">
            Whoever has this account may do everything: it is an admin’s. The link works once.
          </p>
          <TextField label="Your name" name="name" autoComplete="name" required maxLength={100} autoFocus />
          <TextField label="E-mail address" name="email" type="email" autoComplete="username" required />
          <TextField
            label="Password"
            name="password"
            type="password"
            autoComplete="new-password"
            required
            minLength={MIN_PASSWORD}
            maxLength={128}
            hint={`At least ${MIN_PASSWORD} characters.`}
          />
          {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
          <Button type="submit" look="primary" disabled={isMaking || token === null}>
            {isMaking ? 'Making the account…' : 'Make the account and sign in'}
          </Button>
        </form>
      </CardBody>
    </Card>
  )
}
