import { describeFault } from '@/app/_lib/trpc'
import { Button } from './button'
import { FaultNote } from './fault-note'

/** A page's data could not be read: says so where the data would stand. */
export function QueryFault({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const fault = describeFault(error)
  return (
    <FaultNote message={fault.message} next={fault.next}>
      <Button onClick={onRetry}>Try again</Button>
    </FaultNote>
  )
}
