'use client'

import { useQueryClient } from '@tanstack/react-query'
import { plural } from '@/app/_lib/format'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import type { PolicyVerbOutcome } from '@/server/approvals/schema'

/** What every change of the policy does with its answer. */
export function usePolicyChange() {
  const trpc = useTRPC()
  const queries = useQueryClient()
  return {
    onSuccess: (answer: PolicyVerbOutcome) => {
      if (answer.type === 'refused') notify({ tone: 'warn', message: answer.message, next: answer.next })
      else if (answer.withdrawn > 0)
        notify({
          tone: 'warn',
          message: `${plural(answer.withdrawn, 'request')} withdrawn: the policy was changed.`,
          next: 'Whoever asked can ask again.',
        })
    },
    onError: (error: unknown) => notify({ tone: 'fail', ...describeFault(error) }),
    onSettled: () => queries.invalidateQueries({ queryKey: trpc.approvals.pathKey() }),
  }
}
