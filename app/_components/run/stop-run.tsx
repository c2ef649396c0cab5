'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { notify } from '@/app/_lib/notify'
import { isEnded } from '@/app/_lib/states'
import { stopMeaning } from '@/app/_lib/stop-words'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { JobDetail } from '@/server/jobs/schema'
import { ActButton } from '../act-button'

/** Says before it is pressed what stopping means at this very moment; what came of it shows in the run itself. */
export function StopRun({ job }: { job: JobDetail }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const once = useOnePress()
  const cancel = useMutation(
    trpc.jobs.cancel.mutationOptions({
      onSuccess: async (answer) => {
        if (answer.type === 'refused') notify({ tone: 'warn', message: answer.message, next: answer.next })
        await queries.invalidateQueries({ queryKey: trpc.jobs.get.queryKey({ jobId: job.id }) })
      },
      onError: (error) => notify({ tone: 'fail', ...describeFault(error) }),
      onSettled: once.release,
    }),
  )
  if (isEnded(job.state)) return null
  const asked = job.cancelRequestedAt !== null
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
      <ActButton
        does="jobs.cancel"
        look="danger"
        disabled={cancel.isPending}
        blocked={asked ? 'A stop has been asked for already.' : null}
        onClick={() => once.press(() => cancel.mutate({ jobId: job.id }))}
      >
        {asked ? 'Stop asked for' : 'Stop'}
      </ActButton>
      <p aria-live="polite" className="min-w-0 flex-1 basis-60 text-ink-3 text-xs">
        {stopMeaning(job)}
      </p>
    </div>
  )
}
