'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ActButton } from '@/app/_components/act-button'
import { Button } from '@/app/_components/button'
import { Dialog } from '@/app/_components/dialog'
import { FaultNote } from '@/app/_components/fault-note'
import { notify } from '@/app/_lib/notify'
import { type Control, controlWords } from '@/app/_lib/rollout-controls'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutProgress } from '@/server/rollouts/views/progress-schema'

/** Says what becomes of hosts in flight, with their number at this very moment; the answer comes as a notice. */
export function ControlDialog({
  rollout,
  progress,
  control,
  onClose,
}: {
  rollout: RolloutDetail
  progress: RolloutProgress
  control: Control
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const once = useOnePress()
  const words = controlWords(control, progress)
  const tell = useMutation(
    trpc.rollouts[control].mutationOptions({
      onSuccess: async (answer) => {
        if (answer.type === 'refused') return once.release()
        notify({ tone: words.danger ? 'warn' : 'ok', message: answer.message })
        onClose()
        await queries.invalidateQueries({ queryKey: trpc.rollouts.pathKey() })
      },
      onError: once.release,
    }),
  )
  const refusal = tell.data?.type === 'refused' ? tell.data : tell.error ? describeFault(tell.error) : null
  return (
    <Dialog title={words.title} onClose={onClose}>
      <p className="font-medium">{rollout.name}</p>
      {words.meaning.map((sentence) => (
        <p key={sentence} className="text-ink-2">
          {sentence}
        </p>
      ))}
      {words.blocked !== null && refusal === null ? <FaultNote tone="warn" message={words.blocked} /> : null}
      {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Leave it as it is</Button>
        <ActButton
          does={`rollouts.${control}`}
          look={words.danger ? 'danger' : 'primary'}
          blocked={words.blocked}
          disabled={tell.isPending}
          onClick={() => once.press(() => tell.mutate({ rolloutId: rollout.id }))}
        >
          {words.confirm}
        </ActButton>
      </div>
    </Dialog>
  )
}
