'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { kindVerb } from '@/app/_lib/kind-words'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { markLostPhrase } from '@/app/_lib/unknown-words'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { JobDetail } from '@/server/jobs/schema'
import { Button } from '../button'
import { Dialog } from '../dialog'
import { FaultNote } from '../fault-note'
import { PhraseField } from '../phrase-field'

/** Giving a run up ends the asking, not what may still go on at the host: the phrase is typed, not clicked. */
export function MarkLost({ job, onClose }: { job: JobDetail; onClose: () => void }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [matches, setMatches] = useState(false)
  const once = useOnePress()
  const mark = useMutation(
    trpc.jobs.markLost.mutationOptions({
      onSuccess: async (answer) => {
        if (answer.type === 'refused') return once.release()
        notify({ tone: 'lost', message: answer.message, next: 'Lift the quarantine on the host’s page.' })
        await Promise.all([
          queries.invalidateQueries({ queryKey: trpc.jobs.get.queryKey({ jobId: job.id }) }),
          queries.invalidateQueries({ queryKey: trpc.hosts.get.queryKey({ hostId: job.hostId }) }),
        ])
        onClose()
      },
      onError: once.release,
    }),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (matches) once.press(() => mark.mutate({ jobId: job.id }))
  }
  const refusal = mark.data?.type === 'refused' ? mark.data : mark.error ? describeFault(mark.error) : null
  return (
    <Dialog title={`Mark ${kindVerb(job.kind)} ${job.daxName} lost`} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-3.5">
        <p className="text-ink-2">
          This one run on <b className="font-semibold text-ink">{job.hostName}</b> counts as failed, and its
          host is not asked about it any more. What it did there stays not known; if a process of it still
          acts there, it goes on.
        </p>
        <p className="text-ink-2">
          The host stays in quarantine until a fencing probe has made sure that nothing of the run acts there.
        </p>
        <PhraseField phrase={markLostPhrase(job)} onMatch={setMatches} />
        {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep asking</Button>
          <Button
            type="submit"
            look="danger"
            disabled={mark.isPending}
            blocked={matches ? null : 'Type the phrase first.'}
          >
            Mark lost
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
