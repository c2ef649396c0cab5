'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button } from '@/app/_components/button'
import { Dialog } from '@/app/_components/dialog'
import { FaultNote } from '@/app/_components/fault-note'
import { plural } from '@/app/_lib/format'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { FailureCause } from '@/server/rollouts/progress-schema'
import type { RolloutDetail } from '@/server/rollouts/schema'

/** Names the very hosts that are skipped: those the server finds now, and what it means for them. */
export function SkipDialog({
  rollout,
  cause,
  onClose,
}: {
  rollout: RolloutDetail
  cause: FailureCause
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const once = useOnePress()
  const found = useQuery(
    trpc.rollouts.hostIds.queryOptions({ rolloutId: rollout.id, cause: cause.cause }, { staleTime: 0 }),
  )
  const skip = useMutation(
    trpc.rollouts.skip.mutationOptions({
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
  const fault = skip.error ?? found.error
  const refusal = skip.data?.type === 'refused' ? skip.data : fault ? describeFault(fault) : null
  return (
    <Dialog title="Skip hosts" onClose={onClose}>
      <p className="text-ink-2">
        <b className="font-semibold text-ink">{plural(hostIds.length, 'host')}</b> with this cause{' '}
        {hostIds.length === 1 ? 'is' : 'are'} left as {hostIds.length === 1 ? 'it is' : 'they are'}: a retry
        leaves {hostIds.length === 1 ? 'it' : 'them'} out, and {hostIds.length === 1 ? 'it does' : 'they do'}{' '}
        not count as failed any more. What was done on {hostIds.length === 1 ? 'it' : 'them'} stays; nothing
        is undone, and nothing in flight is touched.
      </p>
      <p className="text-ink-2">A skipped host does not come back into this rollout.</p>
      {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Leave it as it is</Button>
        <Button
          look="primary"
          blocked={hostIds.length === 0 ? 'No host has this cause now.' : null}
          disabled={skip.isPending}
          onClick={() => once.press(() => skip.mutate({ rolloutId: rollout.id, hostIds }))}
        >
          Skip {plural(hostIds.length, 'host')}
        </Button>
      </div>
    </Dialog>
  )
}
