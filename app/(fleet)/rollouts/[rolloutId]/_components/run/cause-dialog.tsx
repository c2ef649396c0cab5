'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ActButton } from '@/app/_components/act-button'
import { Button } from '@/app/_components/button'
import { Dialog } from '@/app/_components/dialog'
import { FaultNote } from '@/app/_components/fault-note'
import { plural } from '@/app/_lib/format'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { FailureCause } from '@/server/rollouts/views/progress-schema'

export type CauseAct = 'skip' | 'retryFailed'

/** Names how many hosts of one cause are skipped or tried again: those the server finds now, and what it means for them. */
export function CauseDialog({
  rollout,
  cause,
  act,
  onClose,
}: {
  rollout: RolloutDetail
  cause: FailureCause
  act: CauseAct
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const once = useOnePress()
  const found = useQuery(
    trpc.rollouts.hostIds.queryOptions({ rolloutId: rollout.id, cause: cause.cause }, { staleTime: 0 }),
  )
  const tell = useMutation(
    trpc.rollouts[act].mutationOptions({
      onSuccess: async (answer) => {
        if (answer.type === 'refused') return once.release()
        notify({ tone: 'ok', message: answer.message })
        onClose()
        await queries.invalidateQueries({ queryKey: trpc.rollouts.pathKey() })
      },
      onError: once.release,
    }),
  )
  const hostIds = found.data?.hostIds ?? []
  const words = wordsOf(act, act === 'skip' ? hostIds.length : cause.retryableHosts)
  const fault = tell.error ?? found.error
  const refusal = tell.data?.type === 'refused' ? tell.data : fault ? describeFault(fault) : null
  return (
    <Dialog title={words.title} onClose={onClose}>
      {words.meaning.map((sentence) => (
        <p key={sentence} className="text-ink-2">
          {sentence}
        </p>
      ))}
      {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Leave it as it is</Button>
        <ActButton
          does={`rollouts.${act}`}
          look="primary"
          blocked={hostIds.length === 0 ? 'No host has this cause now.' : null}
          disabled={tell.isPending}
          onClick={() => once.press(() => tell.mutate({ rolloutId: rollout.id, hostIds }))}
        >
          {words.confirm}
        </ActButton>
      </div>
    </Dialog>
  )
}

function wordsOf(act: CauseAct, count: number): { title: string; meaning: string[]; confirm: string } {
  const one = count === 1
  const hosts = plural(count, 'host')
  if (act === 'retryFailed') {
    return {
      title: 'Retry hosts of one cause',
      meaning: [
        `${hosts} with this cause ${one ? 'waits for its' : 'wait for their'} turn again, under the plans that were approved. Hosts that failed for another cause stay as they are.`,
        'All failures there were until now are accepted: the limits count from here.',
      ],
      confirm: `Retry ${hosts}`,
    }
  }
  return {
    title: 'Skip hosts',
    meaning: [
      `${hosts} with this cause ${one ? 'is left as it is' : 'are left as they are'}: a retry leaves ${one ? 'it' : 'them'} out, and ${one ? 'it does' : 'they do'} not count as failed any more. What was done there stays; nothing is undone, and nothing in flight is touched.`,
      'A skipped host does not come back into this rollout.',
    ],
    confirm: `Skip ${hosts}`,
  }
}
