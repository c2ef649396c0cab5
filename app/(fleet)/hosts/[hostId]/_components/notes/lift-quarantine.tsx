'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ActButton } from '@/app/_components/act-button'
import { liftBlocked } from '@/app/_lib/host-recovery-words'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { HostDetail } from '@/server/hosts/schemas/detail'

/** Asks for the fencing probe; why it cannot be asked for stands on the button. */
export function LiftQuarantine({ host, onAsked }: { host: HostDetail; onAsked: () => void }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const once = useOnePress()
  const lift = useMutation(
    trpc.hosts.liftQuarantine.mutationOptions({
      onSuccess: async (answer) => {
        if (answer.type === 'refused') notify({ tone: 'warn', message: answer.message, next: answer.next })
        await queries.invalidateQueries({ queryKey: trpc.hosts.get.queryKey({ hostId: host.id }) })
        if (answer.type === 'requested') onAsked()
      },
      onError: (error) => notify({ tone: 'fail', ...describeFault(error) }),
      onSettled: once.release,
    }),
  )
  return (
    <ActButton
      does="hosts.liftQuarantine"
      // Not disabled: that would take the focus from whoever pressed it.
      blocked={lift.isPending ? 'The fencing probe is being asked for.' : liftBlocked(host)}
      onClick={() => once.press(() => lift.mutate({ hostId: host.id }))}
    >
      {host.fencing || lift.isPending ? 'Lifting…' : 'Lift quarantine'}
    </ActButton>
  )
}
