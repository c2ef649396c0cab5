'use client'

import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { TextField } from '@/app/_components/field'
import { StatePill } from '@/app/_components/state-pill'
import { changeSecondFactor } from '@/app/_lib/session'
import type { Outputs } from '@/app/_lib/trpc'
import { RecoveryCodes } from './recovery-codes'
import { SetUpSecondFactor } from './set-up-second-factor'

type Me = Outputs['session']['me']
type Fault = { message: string; next: string }

/** A code beside the password. What is shown here is shown once: secret and recovery codes never come out again. */
export function SecondFactorCard({ me }: { me: Me }) {
  const queries = useQueryClient()
  const [fault, setFault] = useState<Fault | null>(null)
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const [uri, setUri] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const isOn = me.secondFactor === 'on'

  const ask = async (step: 'enable' | 'disable' | 'generate-backup-codes', password: string) => {
    setIsBusy(true)
    setFault(null)
    const answer = await changeSecondFactor(step, me.hasPassword ? { password } : {})
    setIsBusy(false)
    if (answer.type === 'refused') return setFault(answer)
    setCodes(answer.body.backupCodes ?? null)
    setUri(answer.body.totpURI ?? null)
    if (step === 'disable') await queries.invalidateQueries()
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const submitter = (event.nativeEvent as SubmitEvent).submitter
    const step = submitter instanceof HTMLButtonElement ? submitter.value : ''
    const password = String(new FormData(event.currentTarget).get('password') ?? '')
    if (step === 'enable' || step === 'disable' || step === 'generate-backup-codes') void ask(step, password)
    event.currentTarget.reset()
  }

  return (
    <Card
      title="Second factor"
      aside={<StatePill {...(isOn ? { tone: 'ok', word: 'On' } : { tone: 'wait', word: 'Off' })} />}
    >
      <CardBody className="grid gap-3.5">
        {me.secondFactor === 'due' ? (
          <FaultNote
            tone="warn"
            live={false}
            message="Here everybody signs in with a second factor."
            next="Set yours up: until then you can do nothing else."
          />
        ) : null}
        {uri ? (
          <SetUpSecondFactor
            uri={uri}
            onDone={() => {
              setUri(null)
              void queries.invalidateQueries()
            }}
          />
        ) : (
          <form onSubmit={submit} className="grid gap-3.5">
            <p className="text-ink-2">
              {isOn
                ? 'Signing in asks for a code of your authenticator app after the password.'
                : 'With an authenticator app, a stolen password alone opens nothing.'}{' '}
              Any change here signs out your other browsers.
            </p>
            {me.hasPassword ? (
              <TextField
                label="Your password"
                name="password"
                type="password"
                autoComplete="current-password"
                required
              />
            ) : null}
            {fault ? <FaultNote message={fault.message} next={fault.next} /> : null}
            <div className="flex flex-wrap gap-2">
              {isOn ? (
                <>
                  <Button type="submit" value="generate-backup-codes" disabled={isBusy}>
                    New recovery codes
                  </Button>
                  <Button type="submit" value="disable" look="danger" disabled={isBusy}>
                    Take it off
                  </Button>
                </>
              ) : (
                <Button type="submit" value="enable" look="primary" disabled={isBusy}>
                  Set up…
                </Button>
              )}
            </div>
          </form>
        )}
        {codes ? <RecoveryCodes codes={codes} /> : null}
      </CardBody>
    </Card>
  )
}
