'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { Bytes } from '@/app/_components/bytes'
import { Card, CardBody } from '@/app/_components/card'
import { TextField } from '@/app/_components/field'
import { QueryFault } from '@/app/_components/query-fault'
import { readFloor, writeFloor } from '@/app/_lib/floor-text'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import type { HostDetail } from '@/server/hosts/schemas/detail'

/** How much memory stays available on this host, whatever is given back. */
export function FloorCard({ host }: { host: HostDetail }) {
  const trpc = useTRPC()
  const floor = useQuery(trpc.floors.host.queryOptions({ hostId: host.id }))
  return (
    <Card title="Capacity floor" meta="stays available when memory is given back">
      <CardBody className="grid gap-3">
        {floor.error ? <QueryFault error={floor.error} onRetry={() => void floor.refetch()} /> : null}
        {floor.data ? (
          <>
            <p className="text-ink-2">
              <b className="font-semibold text-ink">{writeFloor(floor.data.floor)}</b>
              {'percent' in floor.data.floor && floor.data.floorBytes !== null ? (
                <>
                  {' '}
                  of its memory: <Bytes value={floor.data.floorBytes} />
                </>
              ) : null}
              {floor.data.own === null ? ', as for every host.' : ', for this host alone.'}{' '}
              {host.memAvailableBytes === null ? null : (
                <>
                  <Bytes value={host.memAvailableBytes} /> are available now.
                </>
              )}
            </p>
            {host.memAvailableBytes !== null &&
            floor.data.floorBytes !== null &&
            floor.data.floorBytes >= host.memAvailableBytes ? (
              <p className="text-warn">
                No more than the floor is available: nothing can be given back here until memory is freed or
                the floor is lower.
              </p>
            ) : null}
            <OwnFloor
              key={writeFloor(floor.data.floor)}
              hostId={host.id}
              text={writeFloor(floor.data.floor)}
              isOwn={floor.data.own !== null}
            />
          </>
        ) : null}
      </CardBody>
    </Card>
  )
}

function OwnFloor({ hostId, text: before, isOwn }: { hostId: string; text: string; isOwn: boolean }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [text, setText] = useState(before)
  const read = readFloor(text)
  const set = useMutation(
    trpc.floors.setHost.mutationOptions({
      onSettled: () => queries.invalidateQueries({ queryKey: trpc.floors.pathKey() }),
      onError: (error) => notify({ tone: 'fail', ...describeFault(error) }),
    }),
  )
  const blocked = 'fault' in read ? read.fault : text === before ? 'Nothing is changed.' : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (blocked === null && 'floor' in read) set.mutate({ hostId, floor: read.floor })
  }
  return (
    <form onSubmit={submit} className="flex flex-wrap items-end gap-2">
      <div className="min-w-0 flex-1 basis-32">
        <TextField
          label="Its own floor"
          error={'fault' in read ? read.fault : null}
          value={text}
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <ActButton does="floors.setHost" type="submit" blocked={blocked} disabled={set.isPending}>
        Set
      </ActButton>
      {isOwn ? (
        <ActButton does="floors.setHost" onClick={() => set.mutate({ hostId, floor: null })}>
          As for every host
        </ActButton>
      ) : null}
    </form>
  )
}
