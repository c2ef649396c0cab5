'use client'

import type { ComponentProps, ReactNode } from 'react'
import { ZoneChoice } from '@/app/_components/zone-choice'
import { DevicePage } from './device-page'
import { PlanSection } from './plan-section'
import { useZonedView } from './use-zoned-view'

/** One device and a zone to choose for it: zone, plan, phrase, run, from the question to what was read back. */
export function ZonedDevicePage({
  hostId,
  deviceId,
  kind,
  verbOf,
  about,
}: {
  hostId: string
  deviceId: string
  kind: 'convert' | 'persist'
  verbOf: ComponentProps<typeof DevicePage>['verbOf']
  /** What stands before the choice. */
  about?: ReactNode
}) {
  const [view, setView] = useZonedView()
  return (
    <DevicePage
      hostId={hostId}
      deviceId={deviceId}
      verbOf={verbOf}
      run={view.run}
      onAgain={() => void setView({ plan: null, run: null }, { history: 'push' })}
      question={(host, device) => (
        <>
          {about}
          <ZoneChoice
            zone={view.zone}
            policy={host.autoOnlinePolicy}
            onZone={(zone) => void setView({ zone, plan: null })}
          />
          <PlanSection
            key={view.zone}
            device={device}
            question={{ kind, zone: view.zone }}
            planId={view.plan}
            onPlan={(plan) => void setView({ plan })}
            onStarted={(run) => void setView({ run }, { history: 'push' })}
          />
        </>
      )}
    />
  )
}
