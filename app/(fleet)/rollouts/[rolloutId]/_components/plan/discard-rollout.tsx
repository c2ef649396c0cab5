'use client'

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { Button } from '@/app/_components/button'
import { Dialog } from '@/app/_components/dialog'
import { FaultNote } from '@/app/_components/fault-note'
import { scopeWords, sumCounts } from '@/app/_lib/rollout-words'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { RolloutDetail } from '@/server/rollouts/schema'

/** Takes a plan that nobody has approved out of the way. */
export function DiscardRollout({ rollout }: { rollout: RolloutDetail }) {
  const trpc = useTRPC()
  const [isOpen, setIsOpen] = useState(false)
  const once = useOnePress()
  const discard = useMutation(
    trpc.rollouts.abort.mutationOptions({
      onSuccess: (answer) => {
        if (answer.type === 'done') setIsOpen(false)
      },
      onSettled: (_answer, _error, _input, _result, { client }) => {
        once.release()
        return client.invalidateQueries({ queryKey: trpc.rollouts.pathKey() })
      },
    }),
  )
  const refusal =
    discard.data?.type === 'refused' ? discard.data : discard.error ? describeFault(discard.error) : null
  const scope = scopeWords(sumCounts(rollout.devicesByState), sumCounts(rollout.hostsByState))
  return (
    <>
      <ActButton does="rollouts.abort" onClick={() => setIsOpen(true)}>
        Discard…
      </ActButton>
      {isOpen ? (
        <Dialog title="Discard this plan" onClose={() => setIsOpen(false)}>
          <p className="text-ink-2">
            The plan of {scope} is put aside for good; it can then not be approved. Nothing was written, and
            every host stays as it is. It remains in the list of rollouts as discarded.
          </p>
          {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
          <div className="flex gap-2">
            <Button
              look="danger"
              disabled={discard.isPending}
              onClick={() => once.press(() => discard.mutate({ rolloutId: rollout.id }))}
            >
              {discard.isPending ? 'Discarding…' : 'Discard the plan'}
            </Button>
            <Button look="quiet" onClick={() => setIsOpen(false)}>
              Keep it
            </Button>
          </div>
        </Dialog>
      ) : null}
    </>
  )
}
