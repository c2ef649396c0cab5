'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ActButton } from '@/app/_components/act-button'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'

/** Lets hosts be reached with the keys of the ssh-agent beside Daxfleet, where its settings name one. */
export function AddAgent() {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const once = useOnePress()
  const add = useMutation(
    trpc.credentials.addAgent.mutationOptions({
      onSuccess: async (answer) => {
        if (answer.type === 'refused') notify({ tone: 'warn', message: answer.message, next: answer.next })
        await queries.invalidateQueries({ queryKey: trpc.credentials.list.queryKey() })
      },
      onError: (error) => notify({ tone: 'fail', ...describeFault(error) }),
      onSettled: once.release,
    }),
  )
  return (
    <ActButton
      does="credentials.addAgent"
      disabled={add.isPending}
      title="Hosts are then reached with the keys of the ssh-agent that SSH_AUTH_SOCK names"
      onClick={() => once.press(() => add.mutate({ name: 'ssh-agent' }))}
    >
      Use the ssh-agent
    </ActButton>
  )
}
