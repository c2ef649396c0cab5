'use client'

import type { HostRow } from '@/server/hosts/schemas/row'
import { isAlone, UNATTENDED } from './run-words'
import { hostMark, type Mark } from './states'
import { useActiveRun } from './use-active-run'

/** A host's mark on its own page: as lists show it, and whether anybody runs what runs there, which only the run tells. */
export function useHostMark(host: HostRow): Mark {
  const job = useActiveRun(host)
  if (job === undefined) return hostMark(host)
  if (isAlone(job) && job.state !== 'unknown') return UNATTENDED
  // The run is read more often than its host.
  return hostMark({ ...host, activeJobState: job.state, activeJobStuck: job.stuck !== null })
}
