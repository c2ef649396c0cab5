'use client'

import { skipToken, useQuery } from '@tanstack/react-query'
import type { HostRow } from '@/server/hosts/schemas/row'
import { useTRPC } from './trpc'

/** Often enough to tell a dead worker from a busy one while its lease still runs. */
const WATCH_EVERY_MS = 5_000

/** The run that holds the host or waits for it, with who looks after it; undefined without one. */
export function useActiveRun({ activeJobId }: Pick<HostRow, 'activeJobId'>) {
  const trpc = useTRPC()
  const query = useQuery(
    trpc.jobs.get.queryOptions(activeJobId === null ? skipToken : { jobId: activeJobId }, {
      refetchInterval: WATCH_EVERY_MS,
    }),
  )
  return activeJobId === null ? undefined : query.data
}
