import type { DeviceView } from '@/server/hosts/schemas/device'
import type { PlanView as PlanData } from '@/server/plans/schema'
import { ConfirmPlan } from './confirm-plan'
import { PlanView } from './plan-view'

/** What the host answered, and where something is left to approve, the approval. */
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
