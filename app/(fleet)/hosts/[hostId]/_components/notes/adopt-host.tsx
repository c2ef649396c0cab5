'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { Button } from '@/app/_components/button'
import { Dialog } from '@/app/_components/dialog'
import { FaultNote } from '@/app/_components/fault-note'
import { PhraseField } from '@/app/_components/phrase-field'
import { adoptConsequence, adoptPhrase } from '@/app/_lib/host-recovery-words'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { HostDetail } from '@/server/hosts/schemas/detail'

/** Takes a host from whoever acted on it last: the phrase is typed, and what is replaced is what was shown at the start. */
export function AdoptHost({
  host,
  from,
  onAsked,
  onClose,
}: {
  host: HostDetail
  from: NonNullable<HostDetail['foreignToken']>
  onAsked: () => void
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [seen] = useState(from)
  const [matches, setMatches] = useState(false)
  const once = useOnePress()
  const adopt = useMutation(
    trpc.hosts.adopt.mutationOptions({
      onSuccess: async (answer) => {
        if (answer.type === 'refused') return once.release()
        await queries.invalidateQueries({ queryKey: trpc.hosts.get.queryKey({ hostId: host.id }) })
        onAsked()
        onClose()
      },
      onError: once.release,
    }),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (matches) once.press(() => adopt.mutate({ hostId: host.id, from: seen }))
  }
  const refusal =
    adopt.data?.type === 'refused' ? adopt.data : adopt.error ? describeFault(adopt.error) : null
  return (
    <Dialog title={`Adopt ${host.name}`} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-3.5">
        <p className="text-ink-2">
          Under the lock of this one host its record is replaced by this installation’s, if it still is the
          one shown here. {adoptConsequence({ ...host, foreignToken: seen })}
        </p>
        <p className="text-ink-2">
          If something there holds the lock, nothing is replaced. The host’s memory stays as it is.
        </p>
        <PhraseField phrase={adoptPhrase(host.name)} onMatch={setMatches} />
        {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <ActButton
            does="hosts.adopt"
            type="submit"
            look="danger"
            disabled={adopt.isPending}
            blocked={matches ? null : 'Type the phrase first.'}
          >
            Adopt {host.name}
          </ActButton>
        </div>
      </form>
    </Dialog>
  )
}
