'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { SelectField, TextField } from '@/app/_components/field'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import type { Right } from '@/server/auth/vocabulary'

const DAY_SECONDS = 86_400
const LIVES = [
  { days: 1, label: 'A day' },
  { days: 30, label: '30 days' },
  { days: 90, label: '90 days' },
  { days: 365, label: 'A year' },
]

export function NewToken({
  areas,
  rights,
  onMade,
  onCancel,
}: {
  areas: readonly string[]
  /** What one may give: no more than one has. */
  rights: readonly Right[]
  onMade: (token: string) => void
  onCancel: () => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [chosen, setChosen] = useState<readonly string[]>([])
  const create = useMutation(
    trpc.tokens.create.mutationOptions({
      onSuccess: async (answer) => {
        if (answer.type === 'created') onMade(answer.token)
        await queries.invalidateQueries({ queryKey: trpc.tokens.list.queryKey() })
      },
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const right = String(form.get('right'))
    create.mutate({
      name: String(form.get('name')),
      lifeSeconds: Number(form.get('days')) * DAY_SECONDS,
      scopes: (chosen.length === 0 ? ['*'] : chosen).map((area) => `${area}:${right}`),
    })
  }
  const toggle = (area: string, isOn: boolean) =>
    setChosen((before) => (isOn ? [...before, area] : before.filter((each) => each !== area)))
  const refusal =
    create.data?.type === 'refused' ? create.data : create.error ? describeFault(create.error) : null

  return (
    <Card title="New token" className="max-w-[640px]">
      <CardBody>
        <form onSubmit={submit} className="grid gap-3.5">
          <TextField
            label="Name"
            name="name"
            required
            maxLength={60}
            autoFocus
            autoComplete="off"
            hint="Stands in the audit log beside your own."
          />
          <SelectField label="May" name="right" hint="Each contains those before it.">
            {rights.map((right) => (
              <option key={right} value={right}>
                {right}
              </option>
            ))}
          </SelectField>
          <fieldset className="grid gap-1.5">
            <legend className="mb-1 font-medium">In</legend>
            <div className="flex flex-wrap gap-x-4 gap-y-1.5">
              {areas.map((area) => (
                <label key={area} className="flex items-center gap-1.5">
                  <input
                    type="checkbox"
                    checked={chosen.includes(area)}
                    onChange={({ target }) => toggle(area, target.checked)}
                  />
                  {area}
                </label>
              ))}
            </div>
            <p className="text-ink-3 text-xs">None chosen: everywhere.</p>
          </fieldset>
          <SelectField label="Ends after" name="days" defaultValue="30">
            {LIVES.map(({ days, label }) => (
              <option key={days} value={days}>
                {label}
              </option>
            ))}
          </SelectField>
          {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
          <div className="flex gap-2">
            <Button type="submit" look="primary" disabled={create.isPending}>
              Make the token
            </Button>
            <Button onClick={onCancel}>Cancel</Button>
          </div>
        </form>
      </CardBody>
    </Card>
  )
}
