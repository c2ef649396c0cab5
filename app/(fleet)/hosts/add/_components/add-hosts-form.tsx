'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button, ButtonLink } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { CredentialPicker } from '@/app/_components/credentials/credential-picker'
import { FaultNote } from '@/app/_components/fault-note'
import { TextAreaField, TextField } from '@/app/_components/field'
import { PageTitle } from '@/app/_components/page-title'
import { plural } from '@/app/_lib/format'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'
import { ParsedRows } from './parsed-rows'
import { useParsedHosts } from './use-parsed-hosts'

const EXAMPLE = `db-r12-07 10.0.12.7 rack=r12 role=db
db-r12-08 root@10.0.12.8:2222 rack=r12
cache-r3-02.example.net`

export function AddHostsForm({ onAdded }: { onAdded: (hostIds: readonly string[]) => void }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [text, setText] = useState('')
  const [username, setUsername] = useState('root')
  const [credentialId, setCredentialId] = useState<string | null>(null)
  const parsed = useParsedHosts(text, username)
  const fresh = parsed.rows.flatMap((row) => (row.verdict === 'new' && row.host ? [row.host] : []))
  const unusable = parsed.rows.length - fresh.length
  const once = useOnePress()
  const add = useMutation(
    trpc.hosts.add.mutationOptions({
      onSuccess: async (answer) => {
        if (answer.type === 'conflicts') return
        await queries.invalidateQueries({ queryKey: trpc.hosts.pathKey() })
        onAdded(answer.hostIds)
      },
      onSettled: once.release,
    }),
  )
  const blocked = blockedBecause(fresh.length, parsed.isSettled, credentialId)
  const fault = parsed.error ?? add.error

  return (
    <>
      <PageTitle
        title="Add hosts"
        sentence="Paste them, check the verdict on each line, choose the key that opens them."
        actions={<ButtonLink href="/hosts">Back to hosts</ButtonLink>}
      />
      <div className="grid items-start gap-4 xl:grid-cols-[1.5fr_1fr]">
        <div className="grid min-w-0 gap-4">
          <Card title="Hosts" meta="one a line">
            <CardBody className="grid gap-3.5">
              <TextAreaField
                mono
                autoFocus
                rows={7}
                label="Hosts to add"
                placeholder={EXAMPLE}
                hint="A name or [user@]address[:port], or both; then labels as key=value. # starts a comment."
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            </CardBody>
          </Card>
          {parsed.rows.length > 0 ? <ParsedRows rows={parsed.rows} /> : null}
        </div>
        <Card title="Account and key" meta="for all of them">
          <CardBody className="grid gap-3.5">
            <TextField
              mono
              label="User"
              hint="Where a line names none. Root, or an account that may run commands by sudo without a password."
              value={username}
              autoComplete="off"
              onChange={(event) => setUsername(event.target.value)}
            />
            <CredentialPicker value={credentialId} onChange={setCredentialId} />
          </CardBody>
        </Card>
      </div>
      {fault ? <FaultNote {...describeFault(fault)} /> : null}
      {add.data?.type === 'conflicts' ? (
        <FaultNote
          message={`Nothing was saved: ${plural(add.data.conflicts.length, 'line')} cannot be added.`}
          next={add.data.conflicts.map((conflict) => `${conflict.name}: ${conflict.message}`).join(' ')}
        />
      ) : null}
      <div className="flex flex-wrap items-center gap-3">
        <Button
          look="primary"
          blocked={blocked}
          disabled={add.isPending}
          onClick={() => credentialId && once.press(() => add.mutate({ credentialId, hosts: fresh }))}
        >
          {add.isPending ? 'Adding…' : `Add ${plural(fresh.length, 'host')} and probe`}
        </Button>
        <span className="text-ink-3 text-xs">
          {blocked ??
            (unusable > 0 ? `${plural(unusable, 'line')} will be left out.` : 'All or none are saved.')}
        </span>
      </div>
    </>
  )
}

function blockedBecause(count: number, isSettled: boolean, credentialId: string | null): string | null {
  if (count === 0)
    return isSettled ? 'Paste at least one host that is not in the fleet yet.' : 'Reading the lines…'
  if (!isSettled) return 'Reading the lines…'
  return credentialId === null ? 'Choose the key that opens them.' : null
}
