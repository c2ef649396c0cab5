'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { describeFault, type Fault, useTRPC } from '@/app/_lib/trpc'

type Answer = { type: 'refused'; message: string; next: string } | { type: 'requested' | 'done' }

/** What every verb about a request does with its answer: says a refusal where it was asked, and reads again. */
export function useApprovalChange() {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [refusal, setRefusal] = useState<Fault | null>(null)
  return {
    refusal,
    handlers: {
      onSuccess: (answer: Answer) => setRefusal(answer.type === 'refused' ? answer : null),
      onError: (error: unknown) => setRefusal(describeFault(error)),
      onSettled: () => queries.invalidateQueries({ queryKey: trpc.approvals.pathKey() }),
    },
  }
}
