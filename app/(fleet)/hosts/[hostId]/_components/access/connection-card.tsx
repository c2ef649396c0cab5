'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { Card, CardBody } from '@/app/_components/card'
import { CredentialPicker } from '@/app/_components/credentials/credential-picker'
import { FaultNote } from '@/app/_components/fault-note'
import { TextField } from '@/app/_components/field'
import { labelsToText, parseLabels } from '@/app/_lib/labels'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import type { HostDetail } from '@/server/hosts/schemas/detail'

export function ConnectionCard({ host }: { host: HostDetail }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [credentialId, setCredentialId] = useState(host.credentialId)
  const [labelFault, setLabelFault] = useState<string | null>(null)
  const update = useMutation(
    trpc.hosts.update.mutationOptions({
      onSuccess: async (answer) => {
        if (answer.type === 'refused') return
        await queries.invalidateQueries({ queryKey: trpc.hosts.get.queryKey({ hostId: host.id }) })
        void queries.invalidateQueries({ queryKey: trpc.hosts.pathKey(), refetchType: 'none' })
      },
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const labels = parseLabels(String(form.get('labels')))
    setLabelFault(labels.ok ? null : labels.fault)
    if (!labels.ok) return
    update.mutate({
      hostId: host.id,
      address: String(form.get('address')),
      port: Number(form.get('port')),
      username: String(form.get('username')),
      jumpHost: String(form.get('jumpHost')).trim() || null,
      labels: labels.labels,
      ...(credentialId === null ? {} : { credentialId }),
    })
  }
  const refusal =
    update.data?.type === 'refused' ? update.data : update.error ? describeFault(update.error) : null
  return (
    <Card title="Way in" meta={host.credentialName ? `key ${host.credentialName}` : 'no key'}>
      <CardBody className="grid gap-3.5">
        <form id="way-in" onSubmit={submit} className="grid gap-3.5">
          <div className="grid grid-cols-[minmax(0,1fr)_90px] gap-3">
            <TextField mono label="Address" name="address" defaultValue={host.address} required />
            <TextField
              mono
              label="Port"
              name="port"
              type="number"
              min={1}
              max={65535}
              defaultValue={host.port}
              required
            />
          </div>
          <TextField mono label="User" name="username" defaultValue={host.username} required />
          <TextField
            mono
            label="Jump host"
            name="jumpHost"
            autoComplete="off"
            defaultValue={host.jumpHostName ?? ''}
            hint="Name of a host of the fleet it is reached through; empty: directly"
          />
          <TextField
            mono
            label="Labels"
            name="labels"
            defaultValue={labelsToText(host.labels)}
            error={labelFault}
            hint="key=value, separated by spaces"
          />
        </form>
        <CredentialPicker value={credentialId} onChange={setCredentialId} />
        {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
        <div className="flex flex-wrap items-center gap-3">
          <ActButton
            does="hosts.update"
            type="submit"
            form="way-in"
            look="primary"
            disabled={update.isPending}
          >
            {update.isPending ? 'Saving…' : 'Save'}
          </ActButton>
          <span role="status" className="text-ink-3 text-xs">
            {update.data?.type === 'done' && !update.isPending
              ? 'In force. After a change of the way in the host is probed by it.'
              : ''}
          </span>
        </div>
      </CardBody>
    </Card>
  )
}
