'use client'

import { useQuery } from '@tanstack/react-query'
import { Button } from '@/app/_components/button'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { formatBytes, plural } from '@/app/_lib/format'
import { ROLLOUT_MARKS } from '@/app/_lib/rollout-states'
import { ofWords, scopeWords, sumCounts } from '@/app/_lib/rollout-words'
import { useTRPC } from '@/app/_lib/trpc'
import { useTabTitle } from '@/app/_lib/use-tab-title'
import { takesAway } from '@/server/plans/vocabulary'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutPlanView } from '@/server/rollouts/views/plan-schema'
import { RolloutHeader } from '../rollout-header'
import { Approval } from './approval'
import { DiscardRollout } from './discard-rollout'
import { Discarded } from './discarded'
import { LeftOutCard } from './left-out-card'
import { PlanHazards } from './plan-hazards'
import { PlanItems } from './plan-items'
import { PlanTotals } from './plan-totals'
import { PlanWaves } from './plan-waves'
import { Planning } from './planning'
import { RestoreTotals } from './restore-totals'
import { RolloutTerms } from './rollout-terms'

/** A rollout that nobody has approved: what its hosts say it would take, to be read before it is let loose. */
export function RolloutPlan({ rollout }: { rollout: RolloutDetail }) {
  const trpc = useTRPC()
  const plan = useQuery(trpc.rollouts.plan.queryOptions({ rolloutId: rollout.id }))
  useTabTitle(`${rollout.name} · ${ROLLOUT_MARKS[rollout.state].word} · Daxfleet`)
  const planned = sumCounts(rollout.devicesByState, 'planned')
  const Totals = takesAway(rollout.kind) ? RestoreTotals : PlanTotals
  return (
    <>
      <RolloutHeader
        rollout={rollout}
        sentence={sentenceOf(rollout, plan.data)}
        actions={
          rollout.state === 'discarded' ? null : (
            <>
              <DiscardRollout rollout={rollout} />
              <ToApproval rollout={rollout} />
            </>
          )
        }
      />
      {rollout.state === 'planning' ? <Planning rollout={rollout} /> : null}
      {rollout.state === 'discarded' ? <Discarded rollout={rollout} /> : null}
      {plan.error && !plan.data ? (
        <QueryFault error={plan.error} onRetry={() => void plan.refetch()} />
      ) : !plan.data ? (
        <Skeleton className="h-[76px]" />
      ) : (
        <>
          {planned > 0 ? <Totals plan={plan.data} hosts={plannedHosts(rollout, plan.data)} /> : null}
          <div className="grid items-start gap-4 xl:grid-cols-2">
            <div className="grid min-w-0 gap-4">
              <PlanHazards plan={plan.data} planned={planned} />
              {plan.data.leftOut.length > 0 ? <LeftOutCard rollout={rollout} plan={plan.data} /> : null}
            </div>
            <div className="grid min-w-0 gap-4">
              {plan.data.waves.length > 0 ? <PlanWaves rollout={rollout} plan={plan.data} /> : null}
              <RolloutTerms rollout={rollout} />
            </div>
          </div>
          <PlanItems rollout={rollout} plan={plan.data} />
        </>
      )}
      {rollout.state === 'ready' && plan.data ? <Approval rollout={rollout} plan={plan.data} /> : null}
    </>
  )
}

function sentenceOf(rollout: RolloutDetail, plan: RolloutPlanView | undefined): string {
  const devices = sumCounts(rollout.devicesByState)
  const planned = sumCounts(rollout.devicesByState, 'planned')
  if (rollout.state === 'planning') {
    const waiting = sumCounts(rollout.devicesByState, 'planning')
    return `${ofWords(devices - waiting, devices)} devices have their answer; nothing is written`
  }
  if (rollout.state === 'discarded') return 'never approved; nothing was written'
  if (plan === undefined) return ''
  const left = plan.leftOut.reduce((sum, { entries }) => sum + entries, 0)
  const what = `${scopeWords(planned, plannedHosts(rollout, plan))} ${takesAway(rollout.kind) ? `would give back ${formatBytes(-plan.gainBytes)}` : `would bring ${formatBytes(plan.gainBytes)}`}`
  return left === 0 ? what : `${what}; ${plural(left, 'entry is', 'entries are')} left out`
}

function plannedHosts(rollout: RolloutDetail, plan: RolloutPlanView): number {
  return plan.waves.length > 0
    ? plan.waves.reduce((sum, { hosts }) => sum + hosts, 0)
    : sumCounts(rollout.hostsByState)
}

/** The phrase stands below everything that is to be read first; from here one gets there. */
function ToApproval({ rollout }: { rollout: RolloutDetail }) {
  const waits = rollout.state === 'planning'
  return (
    <Button
      look="primary"
      blocked={waits ? 'Not every device is planned yet.' : null}
      onClick={() => {
        const phrase = document.querySelector<HTMLElement>('#approval input')
        phrase?.focus({ preventScroll: true })
        phrase?.scrollIntoView({ block: 'center' })
      }}
    >
      Approve…
    </Button>
  )
}
