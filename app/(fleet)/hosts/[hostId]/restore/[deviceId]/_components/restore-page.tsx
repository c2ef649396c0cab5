'use client'

import { Missing } from '@/app/_components/missing'
import { PartialChoice } from '@/app/_components/partial-choice'
import { HostNotReady } from '@/app/_components/plan/host-not-ready'
import { PlanHeader } from '@/app/_components/plan/plan-header'
import { PlanSection } from '@/app/_components/plan/plan-section'
import { RunActions } from '@/app/_components/plan/run-actions'
import { QueryFault } from '@/app/_components/query-fault'
import { RunPanel } from '@/app/_components/run/run-panel'
import { Skeleton } from '@/app/_components/skeleton'
import { TabTitle } from '@/app/_components/tab-title'
import { tierOf } from '@/app/_lib/states'
import { useHost } from '@/app/_lib/use-host'
import { useRestoreView } from './use-restore-view'

/** Policy, plan, phrase, run: one device given back, from the question to what was read back. */
export function RestorePage({ hostId, deviceId }: { hostId: string; deviceId: string }) {
  const { data: host, error, isMissing, refetch } = useHost(hostId)
  const [view, setView] = useRestoreView()
  const device = host?.devices.find((each) => each.id === deviceId)
  if (isMissing) return <Missing what="No such host" why="It was removed, or the address is not whole." />
  if (error && !host) return <QueryFault error={error} onRetry={() => void refetch()} />
  if (!host) return <Skeleton className="h-96" />
  if (!device)
    return <Missing what="No such device" why={`${host.name} has no device of this identity now.`} />

  return (
    <>
      <TabTitle title={`Give back ${device.daxName} on ${host.name}`} />
      <PlanHeader verb="Give back" host={host} device={device} />
      {view.run !== null ? (
        <RunPanel
          jobId={view.run}
          tier={tierOf(device.kind)}
          actions={(job) => (
            <RunActions
              job={job}
              onAgain={() => void setView({ plan: null, run: null }, { history: 'push' })}
            />
          )}
        />
      ) : host.state !== 'ready' || host.activeJobId !== null ? (
        <HostNotReady host={host} />
      ) : (
        <>
          <PartialChoice
            onPartial={view.partial}
            onChoice={(partial) => void setView({ partial, plan: null })}
          />
          <PlanSection
            key={view.partial}
            device={device}
            question={{ kind: 'restore', onPartial: view.partial }}
            planId={view.plan}
            onPlan={(plan) => void setView({ plan })}
            onStarted={(run) => void setView({ run }, { history: 'push' })}
          />
        </>
      )}
    </>
  )
}
