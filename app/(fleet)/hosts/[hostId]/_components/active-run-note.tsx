'use client'

import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ButtonLink } from '@/app/_components/button'
import { Unattended } from '@/app/_components/run/unattended'
import { attendanceWords } from '@/app/_lib/attendance-words'
import { useTRPC } from '@/app/_lib/trpc'

/** Often enough to tell a dead worker from a busy one while its lease still runs. */
const WATCH_EVERY_MS = 5_000

/** Speaks up while nobody looks after the host's run; `otherwise` stands there the rest of the time. */
export function ActiveRunNote({
  hostId,
  jobId,
  otherwise,
}: {
  hostId: string
  jobId: string
  otherwise: ReactNode
}) {
  const trpc = useTRPC()
  const { data: job } = useQuery(trpc.jobs.get.queryOptions({ jobId }, { refetchInterval: WATCH_EVERY_MS }))
  const words = job ? attendanceWords(job) : null
  if (words === null) return otherwise
  return (
    <Unattended words={words}>
      <ButtonLink href={{ pathname: `/hosts/${hostId}`, query: { tab: 'runs', run: jobId } }}>
        To the run
      </ButtonLink>
    </Unattended>
  )
}
