'use client'

import { useQuery } from '@tanstack/react-query'
import { parseAsString, useQueryState } from 'nuqs'
import { type FormEvent, useState } from 'react'
import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { TextField } from '@/app/_components/field'
import { localPath } from '@/app/_lib/local-path'
import { faultOfProvider, type SignInAnswer, signIn, signInByCode } from '@/app/_lib/session'
import { useTRPC } from '@/app/_lib/trpc'
import { ProviderButton } from './provider-button'

export function SignInForm() {
  const trpc = useTRPC()
  const setup = useQuery(trpc.setup.status.queryOptions())
  const [next] = useQueryState('next', parseAsString)
  const [fault] = useQueryState('fault', parseAsString)
  // Back from the identity provider, with a second factor to be shown here.
  const [step] = useQueryState('step', parseAsString)
  const [answer, setAnswer] = useState<SignInAnswer | null>(
    fault === null ? null : { type: 'refused', ...faultOfProvider(fault) },
  )
  const [isBusy, setIsBusy] = useState(false)
  const [asksCode, setAsksCode] = useState(step === 'code')

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setIsBusy(true)
    setAnswer(null)
    const given = asksCode
      ? await signInByCode(String(form.get('code')))
      : await signIn(String(form.get('email')), String(form.get('password')))
    setAnswer(given)
    if (given.type === 'in') return window.location.assign(localPath(next))
    if (given.type === 'code') setAsksCode(true)
    setIsBusy(false)
  }

  return (
    <>
      {setup.data?.needsSetup ? (
        <FaultNote
          tone="warn"
          live={false}
          message="Nobody has an account here yet."
          next="Open the set-up link that Daxfleet printed in its terminal when it started. It works once, for ten minutes; restart Daxfleet for a new one."
        />
      ) : null}
      <Card title={<span className="text-lead">Sign in</span>}>
        <CardBody>
          <form onSubmit={(event) => void submit(event)} className="grid gap-3.5">
            {asksCode ? (
              <TextField
                key="code"
                label="Code"
                name="code"
                autoComplete="one-time-code"
                hint="Six digits from your authenticator app, or one of your recovery codes."
                mono
                required
                autoFocus
                maxLength={20}
              />
            ) : (
              <>
                <TextField
                  label="E-mail address"
                  name="email"
                  type="email"
                  autoComplete="username"
                  required
                  autoFocus
                />
                <TextField
                  label="Password"
                  name="password"
                  type="password"
                  autoComplete="current-password"
                  required
                />
              </>
            )}
            {answer?.type === 'refused' ? <FaultNote message={answer.message} next={answer.next} /> : null}
            <Button type="submit" look="primary" disabled={isBusy}>
              {isBusy ? 'Signing in…' : 'Sign in'}
            </Button>
            {asksCode ? (
              <Button
                look="quiet"
                onClick={() => {
                  setAsksCode(false)
                  setAnswer(null)
                }}
              >
                Begin anew
              </Button>
            ) : null}
          </form>
          {setup.data?.identityProvider && !asksCode ? (
            <ProviderButton name={setup.data.identityProvider} next={localPath(next)} onRefused={setAnswer} />
          ) : null}
        </CardBody>
      </Card>
    </>
  )
}
