'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { notify } from '@/app/_lib/notify'
import { isUntouched } from '@/app/_lib/run-words'
import { isEnded } from '@/app/_lib/states'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { JobDetail } from '@/server/jobs/schema'
import { Button } from '../button'

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
      <Button
        look="danger"
        disabled={cancel.isPending}
        blocked={asked ? 'It takes effect as soon as the host is safe.' : null}
        onClick={() => once.press(() => cancel.mutate({ jobId: job.id }))}
      >
        {asked ? 'Stop asked for' : 'Stop'}
      </Button>
      <p aria-live="polite" className="min-w-0 flex-1 basis-60 text-ink-3 text-xs">
        {meaning(job)}
      </p>
    </div>
  )
}

function meaning(job: JobDetail): string {
  if (job.cancelRequestedAt !== null) return 'It ends, or rests at the next point where the host is safe.'
  if (isUntouched(job.state)) return 'Nothing has been written yet: stopping now leaves the host as it is.'
  if (job.state === 'unknown')
    return 'The host may be writing without us. Stopping takes effect once it can be reached again.'
  return 'Writes have begun. Stopping rests at the next safe point: a device without driver goes back to device_dax; blocks that are online stay online.'
}
