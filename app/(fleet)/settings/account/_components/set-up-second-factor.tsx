'use client'

import { type FormEvent, useState } from 'react'
import { Button } from '@/app/_components/button'
import { CommandLine } from '@/app/_components/command-line'
import { FaultNote } from '@/app/_components/fault-note'
import { TextField } from '@/app/_components/field'
import { notify } from '@/app/_lib/notify'
import { changeSecondFactor } from '@/app/_lib/session'
import { QrCode } from './qr-code'

/** The secret for the app, and a first code back as proof that it arrived; nothing is on before that. */
export function SetUpSecondFactor({ uri, onDone }: { uri: string; onDone: () => void }) {
  const [fault, setFault] = useState<{ message: string; next: string } | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const secret = new URL(uri).searchParams.get('secret') ?? ''
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const code = String(new FormData(event.currentTarget).get('code')).replace(/\s/g, '')
    setIsBusy(true)
    const answer = await changeSecondFactor('verify-totp', { code })
    setIsBusy(false)
    if (answer.type === 'refused') return setFault(answer)
    notify({ tone: 'ok', message: 'The second factor is on.' })
    onDone()
  }
  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-3.5">
      <p className="text-ink-2">
        1. Point your authenticator app’s camera here, or enter the key below by hand (time-based, six
        digits), or{' '}
        <a href={uri} className="font-medium text-accent underline underline-offset-2">
          open it in an app on this device
        </a>
        .
      </p>
      <QrCode text={uri} label="QR code of the key for your authenticator app" />
      <CommandLine text={secret.replace(/(.{4})(?=.)/g, '$1 ')} label="the key" />
      <TextField
        label="2. The code it shows"
        name="code"
        autoComplete="one-time-code"
        inputMode="numeric"
        mono
        required
        maxLength={8}
      />
      {fault ? <FaultNote message={fault.message} next={fault.next} /> : null}
      <div>
        <Button type="submit" look="primary" disabled={isBusy}>
          Turn it on
        </Button>
      </div>
    </form>
  )
}
