'use client'

import { useMutation } from '@tanstack/react-query'
import { notify } from '@/app/_lib/notify'
import { isEnded } from '@/app/_lib/states'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import type { JobDetail } from '@/server/jobs/schema'
import { Button } from '../button'

const UNTOUCHED: ReadonlySet<string> = new Set(['queued', 'dispatching', 'preflight'])

/** Says before it is pressed what stopping means at this very moment. */
export function StopRun({ job }: { job: JobDetail }) {
  const trpc = useTRPC()
  const cancel = useMutation(
    trpc.jobs.cancel.mutationOptions({
      onSuccess: (answer) =>
        notify(
          answer.type === 'requested'
            ? { tone: 'run', message: answer.message }
            : { tone: 'fail', message: answer.message, next: answer.next },
        ),
      onError: (error) => notify({ tone: 'fail', ...describeFault(error) }),
    }),
  )
  if (isEnded(job.state)) return null
  const asked = job.cancelRequestedAt !== null
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
      <Button
        look="danger"
        disabled={cancel.isPending}
        blocked={asked ? 'A stop was asked for already.' : null}
        onClick={() => cancel.mutate({ jobId: job.id })}
      >
        {asked ? 'Stop asked for' : 'Stop'}
      </Button>
      <p className="min-w-0 flex-1 basis-60 text-ink-3 text-xs">{meaning(job)}</p>
    </div>
  )
}

function meaning(job: JobDetail): string {
  if (job.cancelRequestedAt !== null) return 'It ends, or rests at the next point where the host is safe.'
  if (UNTOUCHED.has(job.state)) return 'Nothing has been written yet: stopping now leaves the host as it is.'
  if (job.state === 'unknown')
    return 'The host may be writing without us. Stopping takes effect once it can be reached again.'
  return 'Writes have begun. Stopping rests at the next safe point: a device without driver goes back to device_dax; blocks that are online stay online.'
}
