'use client'

import { Button } from '@/app/_components/button'
import { FaultNote } from '@/app/_components/fault-note'

/** A fault of the page itself; what goes on on the hosts is not touched by it. */
export default function FleetError({
  error,
  reset,
}: {
  error: Error & { digest?: string }
  reset: () => void
}) {
  return (
    <FaultNote
      message="This page ran into a fault of its own. Runs on hosts go on without it."
      next={`Try again; if it stays so, report ${error.digest ?? error.name}.`}
    >
      <Button onClick={reset}>Try again</Button>
    </FaultNote>
  )
}
