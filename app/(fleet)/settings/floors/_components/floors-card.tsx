'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { Ago } from '@/app/_components/ago'
import { Card, CardBody } from '@/app/_components/card'
import { TextField } from '@/app/_components/field'
import { readFloor, writeFloor } from '@/app/_lib/floor-text'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import type { Floors } from '@/server/floors/schema'

/** The two floors, as they are typed. */
export function FloorsCard({ floors }: { floors: Floors }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [host, setHost] = useState(writeFloor(floors.host))
  const [fleet, setFleet] = useState(writeFloor(floors.fleet))
  const [ofHost, ofFleet] = [readFloor(host), readFloor(fleet)]
  const set = useMutation(
    trpc.floors.set.mutationOptions({
      onSuccess: () =>
        notify({ tone: 'ok', message: 'Saved. It holds for every plan from now on.', next: '' }),
      onSettled: () => queries.invalidateQueries({ queryKey: trpc.floors.pathKey() }),
      onError: (error) => notify({ tone: 'fail', ...describeFault(error) }),
    }),
  )
  const isAsItWas = host === writeFloor(floors.host) && fleet === writeFloor(floors.fleet)
  const blocked =
    'fault' in ofHost || 'fault' in ofFleet
      ? 'Correct the floor first.'
      : isAsItWas
        ? 'Nothing is changed.'
        : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (blocked === null && 'floor' in ofHost && 'floor' in ofFleet)
      set.mutate({ host: ofHost.floor, fleet: ofFleet.floor })
  }
  return (
    <Card
      title="Stays available"
      aside={
        floors.changedBy === null ? (
          <span className="text-ink-3 text-xs">as Daxfleet came</span>
        ) : (
          <span className="text-ink-3 text-xs">
            {floors.changedBy}, <Ago at={floors.changedAt} />
          </span>
        )
      }
    >
      <CardBody>
        <form onSubmit={submit} className="grid max-w-[560px] gap-3.5">
          <div className="grid items-start gap-3.5 sm:grid-cols-2">
            <TextField
              label="On every host"
              hint="Of its MemTotal, or an amount. Its agent checks it before each block."
              error={'fault' in ofHost ? ofHost.fault : null}
              value={host}
              autoComplete="off"
              onChange={(event) => setHost(event.target.value)}
            />
            <TextField
              label="In the fleet"
              hint="Of the memory of all ready hosts, or an amount."
              error={'fault' in ofFleet ? ofFleet.fault : null}
              value={fleet}
              autoComplete="off"
              onChange={(event) => setFleet(event.target.value)}
            />
          </div>
          <div>
            <ActButton
              does="floors.set"
              type="submit"
              look="primary"
              blocked={blocked}
              disabled={set.isPending}
            >
              Save
            </ActButton>
          </div>
        </form>
      </CardBody>
    </Card>
  )
}
