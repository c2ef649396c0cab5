'use client'

import { keepPreviousData, skipToken, useQuery } from '@tanstack/react-query'
import { useTRPC } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'
import type { RolloutShare } from '@/server/plans/schema'
import type { RolloutKind } from '@/server/plans/vocabulary'
import type { Policy } from '@/server/rollouts/policy'

/** What the selector names now, as one types. `isWaiting` until the answer is the one to what stands there. */
export function usePreview(
  text: string,
  { kind, share }: { kind: RolloutKind; share: RolloutShare | null },
  policy: Policy | null,
) {
  const trpc = useTRPC()
  const settled = useDebounced(text, 250)
  const query = useQuery(
    trpc.rollouts.preview.queryOptions(
      settled.trim() === ''
        ? skipToken
        : {
            selector: settled,
            kind,
            ...(share === null ? {} : { share }),
            ...(policy === null ? {} : { policy }),
          },
      { placeholderData: keepPreviousData, staleTime: 5_000 },
    ),
  )
  const isEmpty = text.trim() === ''
  return {
    answer: isEmpty ? undefined : query.data,
    error: isEmpty ? null : query.error,
    // Another policy changes the waves, not what matches: what is shown of that stays good.
    isWaiting: !isEmpty && (settled !== text || (query.isFetching && query.isPlaceholderData)),
    retry: () => void query.refetch(),
  }
}
