'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { PhraseField } from '@/app/_components/phrase-field'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { HostDetail } from '@/server/hosts/schemas/detail'

export function RemoveHost({ host }: { host: HostDetail }) {
  const trpc = useTRPC()
  const router = useRouter()
  const queries = useQueryClient()
  const [isOpen, setIsOpen] = useState(false)
  const [matches, setMatches] = useState(false)
  const once = useOnePress()
  const remove = useMutation(
    trpc.hosts.remove.mutationOptions({
      // Remembered for as long as this page is open, and no longer: useHost stops asking by it.
      gcTime: 0,
      onSuccess: (answer) => {
        if (answer.type === 'refused') return once.release()
        notify({
          tone: 'ok',
          message: `${host.name} has left the fleet. The audit keeps what was done there.`,
        })
        router.push('/hosts')
        void queries.invalidateQueries({ queryKey: trpc.hosts.get.queryKey({ hostId: host.id }) })
        void queries.invalidateQueries({ queryKey: trpc.hosts.list.queryKey() })
        void queries.invalidateQueries({ queryKey: trpc.hosts.summary.queryKey() })
      },
      onError: once.release,
    }),
  )
  const refusal =
    remove.data?.type === 'refused' ? remove.data : remove.error ? describeFault(remove.error) : null
  return (
    <Card title="Remove this host">
      <CardBody className="grid gap-3">
        <p className="text-ink-2">
          Daxfleet forgets the host, its keys, devices and runs; the audit stays. On the host itself nothing
          changes: memory that is RAM stays RAM.
        </p>
        {isOpen ? (
          <>
            <PhraseField phrase={`remove ${host.name}`} onMatch={setMatches} />
            {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
            <div className="flex gap-2">
              <ActButton
                does="hosts.remove"
                look="danger"
                disabled={remove.isPending}
                blocked={matches ? null : 'Type the phrase first.'}
                onClick={() => once.press(() => remove.mutate({ hostId: host.id }))}
              >
                Remove {host.name}
              </ActButton>
              <Button onClick={() => setIsOpen(false)}>Keep it</Button>
            </div>
          </>
        ) : (
          <div>
            <ActButton
              does="hosts.remove"
              look="danger"
              blocked={host.activeJobId === null ? null : 'A run is going on; it has to end first.'}
              onClick={() => setIsOpen(true)}
            >
              Remove…
            </ActButton>
          </div>
        )}
      </CardBody>
    </Card>
  )
}
