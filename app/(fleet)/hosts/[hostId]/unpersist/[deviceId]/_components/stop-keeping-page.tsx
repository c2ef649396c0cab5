'use client'

import { parseAsString, useQueryStates } from 'nuqs'
import { DevicePage } from '@/app/_components/plan/device-page'
import { PlanSection } from '@/app/_components/plan/plan-section'

/** Plan, phrase, run: one device that comes back after a reboot no more. */
export function StopKeepingPage({ hostId, deviceId }: { hostId: string; deviceId: string }) {
  // In the URL: a reload, or a colleague, sees the same.
  const [view, setView] = useQueryStates({ plan: parseAsString, run: parseAsString })
  return (
    <DevicePage
      hostId={hostId}
      deviceId={deviceId}
      verbOf={() => ({ title: 'Stop keeping over reboots:', heading: 'Stop keeping over reboots:' })}
      run={view.run}
      onAgain={() => void setView({ plan: null, run: null }, { history: 'push' })}
      question={(_host, device) => (
        <PlanSection
          device={device}
          question={{ kind: 'unpersist' }}
          planId={view.plan}
          onPlan={(plan) => void setView({ plan })}
          onStarted={(run) => void setView({ run }, { history: 'push' })}
        />
      )}
    />
  )
}
