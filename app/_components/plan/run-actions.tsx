import { Button, ButtonLink } from '@/app/_components/button'
import { isEnded } from '@/app/_lib/states'
import type { JobDetail } from '@/server/jobs/schema'

const TRY_AGAIN: ReadonlySet<string> = new Set(['refused', 'failed', 'cancelled', 'partial'])

/**
 * Where to go from an outcome. A retry is a new plan: the old approval covered the host as it was. What became of a lost
 * run is asked of its host first.
 */
export function RunActions({ job, onAgain }: { job: JobDetail; onAgain: () => void }) {
  if (!isEnded(job.state)) return null
  return (
    <>
      {TRY_AGAIN.has(job.state) ? <Button onClick={onAgain}>New plan…</Button> : null}
      <ButtonLink href={{ pathname: `/hosts/${job.hostId}` }}>To {job.hostName}</ButtonLink>
    </>
  )
}
