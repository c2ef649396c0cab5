'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { Button } from '@/app/_components/button'
import { Dialog } from '@/app/_components/dialog'
import { FaultNote } from '@/app/_components/fault-note'
import { SelectField, TextField } from '@/app/_components/field'
import { formatCount, plural } from '@/app/_lib/format'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPC, useTRPCClient } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { LabelTargets } from '@/server/hosts/schema'

/** Sets or removes one label; how many hosts that changes is told before, by the server. */
export function LabelSelection({ targets, onClose }: { targets: LabelTargets; onClose: () => void }) {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queries = useQueryClient()
  const [removes, setRemoves] = useState(false)
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const asked = useDebounced(`${removes}\n${key.trim()}\n${value.trim()}`, 250)
  const input = { targets, key: key.trim(), value: removes ? null : value.trim() }
  const count = useQuery({
    queryKey: ['label-count', targets, asked],
    queryFn: ({ signal }) => client.hosts.label.mutate({ ...input, expected: null }, { signal }),
    enabled: key.trim() !== '' && asked === `${removes}\n${key.trim()}\n${value.trim()}`,
    gcTime: 0,
    staleTime: 0,
    retry: false,
  })
  const once = useOnePress()
  const label = useMutation(
    trpc.hosts.label.mutationOptions({
      onSuccess: async (answer) => {
        if (answer.type === 'refused') return
        await queries.invalidateQueries({ queryKey: trpc.hosts.pathKey() })
        notify({
          tone: 'ok',
          message: `${plural(answer.changed, 'host')} of ${formatCount(answer.hosts)} changed.`,
        })
        onClose()
      },
      onSettled: once.release,
    }),
  )
  const counted = count.data && count.data.type !== 'refused' ? count.data : null
  const refused = [label.data, count.data].find((answer) => answer?.type === 'refused')
  const fault = label.error ?? count.error
  const blocked =
    key.trim() === '' ? 'Name the label first.' : counted === null ? 'Counting the hosts…' : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (counted) once.press(() => label.mutate({ ...input, expected: counted.hosts }))
  }
  return (
    <Dialog title="Label hosts" onClose={onClose}>
      <form onSubmit={submit} className="grid gap-3.5">
        <TextField
          mono
          label="Label"
          placeholder="rack"
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
        <SelectField
          label="What to do"
          value={removes ? 'remove' : 'set'}
          onChange={(event) => setRemoves(event.target.value === 'remove')}
        >
          <option value="set">Set it</option>
          <option value="remove">Remove it</option>
        </SelectField>
        {removes ? null : (
          <TextField
            mono
            label="Value"
            placeholder="r12"
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
        )}
        {refused?.type === 'refused' ? <FaultNote message={refused.message} next={refused.next} /> : null}
        {fault ? <FaultNote {...describeFault(fault)} /> : null}
        <p role="status" className="text-ink-2">
          {counted
            ? `${plural(counted.changed, 'host')} of ${formatCount(counted.hosts)} selected will change.`
            : 'How many hosts change is told here first.'}
        </p>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <ActButton
            does="hosts.label"
            type="submit"
            look="primary"
            disabled={label.isPending}
            blocked={blocked}
          >
            {removes ? 'Remove' : 'Set'} on {plural(counted?.changed ?? 0, 'host')}
          </ActButton>
        </div>
      </form>
    </Dialog>
  )
}
