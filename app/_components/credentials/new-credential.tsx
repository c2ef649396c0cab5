'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ChangeEvent, type FormEvent, useId, useState } from 'react'
import { describeFault, type Outputs, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'
import { ActButton } from '../act-button'
import { Button } from '../button'
import { FaultNote } from '../fault-note'
import { TextAreaField, TextField } from '../field'

type Credential = Outputs['credentials']['list']['credentials'][number]

/** Takes a private key by paste or file. It is stored encrypted and never shown again. */
export function NewCredential({
  onAdded,
  onCancel,
}: {
  onAdded: (credential: Credential) => void
  onCancel?: () => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const fileId = useId()
  const [name, setName] = useState('')
  const [privateKey, setPrivateKey] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const once = useOnePress()
  const add = useMutation(
    trpc.credentials.add.mutationOptions({
      onSuccess: async (answer) => {
        if (answer.type === 'refused') return
        setPrivateKey('')
        setPassphrase('')
        await queries.invalidateQueries({ queryKey: trpc.credentials.list.queryKey() })
        onAdded(answer.credential)
      },
      onSettled: once.release,
    }),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    once.press(() => add.mutate({ name, privateKey, ...(passphrase === '' ? {} : { passphrase }) }))
  }
  const readFile = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0]
    if (!file) return
    setPrivateKey((await file.slice(0, 20_000).text()).trimEnd().concat('\n'))
    if (name === '') setName(file.name)
  }
  const refusal = add.data?.type === 'refused' ? add.data : add.error ? describeFault(add.error) : null

  return (
    <form onSubmit={submit} className="grid gap-3.5">
      <TextField
        label="Name"
        hint="How you will recognise it, for example the account it opens."
        required
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <TextAreaField
        mono
        rows={6}
        required
        label="Private key"
        placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
        hint="OpenSSH or PEM. Stored encrypted, with a key that lies outside the database; never shown again."
        value={privateKey}
        onChange={(event) => setPrivateKey(event.target.value)}
      />
      <div className="flex flex-wrap items-center gap-2">
        <label htmlFor={fileId} className="text-ink-2">
          or choose its file
        </label>
        <input
          id={fileId}
          type="file"
          onChange={(event) => void readFile(event)}
          className="text-ink-2 text-xs file:mr-2 file:rounded-md file:border file:border-line-strong file:bg-raised file:px-2.5 file:py-1 file:font-medium file:text-ink file:text-sm"
        />
      </div>
      <TextField
        type="password"
        label="Passphrase of the key"
        hint="Only if it has one."
        autoComplete="off"
        value={passphrase}
        onChange={(event) => setPassphrase(event.target.value)}
      />
      {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
      <div className="flex gap-2">
        <ActButton does="credentials.add" type="submit" look="primary" disabled={add.isPending}>
          {add.isPending ? 'Saving…' : 'Save the key'}
        </ActButton>
        {onCancel ? <Button onClick={onCancel}>Cancel</Button> : null}
      </div>
    </form>
  )
}
