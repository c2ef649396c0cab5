'use client'

import { useQuery } from '@tanstack/react-query'
import { isLiveRollout } from './rollout-phases'
import { useTRPC } from './trpc'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** A net below the live stream, while there is something to come. */
const WATCH_EVERY_MS = 10_000

/** One rollout with its figures; `isMissing` where the address names none. */
export function useRollout(rolloutId: string) {
  const trpc = useTRPC()
  const isId = UUID.test(rolloutId)
  const query = useQuery(
    trpc.rollouts.get.queryOptions(
      { rolloutId },
      {
        enabled: isId,
        refetchInterval: ({ state }) =>
          state.data && isLiveRollout(state.data.state) ? WATCH_EVERY_MS : false,
      },
    ),
  )
  return { ...query, isMissing: !isId || query.error?.data?.code === 'NOT_FOUND' }
}
