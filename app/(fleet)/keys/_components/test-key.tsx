'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { TextField } from '@/app/_components/field'
import { Glyph } from '@/app/_components/state-pill'
import { describeFault, type Outputs, useTRPC } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'

type Credential = Outputs['credentials']['list']['credentials'][number]

const SHOWN_HOSTS = 20
const STEPS = {
  connect: 'It was not reached.',
  host_key: 'Its host key is not trusted.',
  sign_in: 'It let nobody in.',
}

/** Signs in to one host with this credential and runs nothing there. */
export function TestKey({ credential, onClose }: { credential: Credential; onClose: () => void }) {
  const trpc = useTRPC()
  const [name, setName] = useState('')
  const query = useDebounced(name, 180)
  const hosts = useQuery(trpc.hosts.list.queryOptions({ query, limit: SHOWN_HOSTS }))
  const test = useMutation(trpc.credentials.test.mutationOptions())
  const host = hosts.data?.hosts.find((each) => each.name === name.trim())
  const answer = test.data
  return (
    <Card title={`Test ${credential.name}`}>
      <CardBody className="grid max-w-[560px] gap-3">
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault()
            if (host) test.mutate({ credentialId: credential.id, hostId: host.id })
          }}
        >
          <TextField
            label="On host"
            hint="Connects from the web server’s machine, compares the host’s key, signs in, and leaves. Nothing is run there. A worker on another machine may have another way to the host."
            list="hosts-to-test"
            value={name}
            onChange={(event) => {
              setName(event.target.value)
              test.reset()
            }}
          />
          <datalist id="hosts-to-test">
            {hosts.data?.hosts.map((each) => (
              <option key={each.id} value={each.name} />
            ))}
          </datalist>
          <div className="flex gap-2">
            <ActButton
              does="credentials.test"
              type="submit"
              look="primary"
              disabled={test.isPending}
              blocked={host ? null : 'Enter the name of a host that Daxfleet knows.'}
            >
              {test.isPending ? 'Signing in…' : 'Test'}
            </ActButton>
            <Button onClick={onClose}>Close</Button>
          </div>
        </form>
        <div aria-live="polite">
          {test.error ? <FaultNote {...describeFault(test.error)} /> : null}
          {answer?.type === 'passed' ? (
            <p className="flex items-center gap-2 font-medium">
              <Glyph tone="ok" /> {name} lets it in.
            </p>
          ) : null}
          {answer?.type === 'failed' ? (
            <FaultNote message={`${STEPS[answer.step]} ${answer.message}`} next={answer.next} />
          ) : null}
        </div>
      </CardBody>
    </Card>
  )
}
