import { ActButton } from '@/app/_components/act-button'
import { Button } from '@/app/_components/button'
import { FaultNote } from '@/app/_components/fault-note'
import type { DeviceView } from '@/server/hosts/schemas/device'
import type { PlanView as PlanData } from '@/server/plans/schema'
import { ConfirmPlan } from './confirm-plan'
import { PlanView } from './plan-view'

/** What the host answered, and where something is left to approve, the approval; of a plan in use its run instead. */
export function AnsweredPlan({
  plan,
  device,
  onAgain,
  onStarted,
}: {
  plan: PlanData
  device: DeviceView
  onAgain: () => void
  onStarted: (jobId: string) => void
}) {
  const { jobId } = plan
  if (jobId !== null)
    return (
      <FaultNote
        tone="wait"
        live={false}
        message="This plan was approved already: nothing is left to approve here."
        next="Look at its run. For anything further ask the host for a new plan."
      >
        <Button onClick={() => onStarted(jobId)}>Look at the run</Button>
        <ActButton does="plans.request" onClick={onAgain}>
          New plan…
        </ActButton>
      </FaultNote>
    )
  return (
    <>
      <PlanView plan={plan} onAgain={onAgain} />
      {isOpen(plan.verdict, device.state) ? <ConfirmPlan plan={plan} onStarted={onStarted} /> : null}
    </>
  )
}

/** Whether there is something left to approve; a device that has changed since has its own word for that. */
function isOpen(verdict: PlanData['verdict'], state: DeviceView['state']): boolean {
  if (verdict === 'persistable') return true
  if (verdict === 'onlinable') return state === 'partial'
  if (verdict === 'restorable' || verdict === 'offlinable')
    return state === 'system_ram' || state === 'partial'
  return verdict === 'convertible' && state !== 'system_ram'
}
