'use client'

import { DevicePage } from '@/app/_components/plan/device-page'
import { PlanSection } from '@/app/_components/plan/plan-section'
import { ZoneChoice } from '@/app/_components/zone-choice'
import { useConvertView } from './use-convert-view'

/** Zone, plan, phrase, run: one conversion of one device from the question to what was read back. */
export function ConvertPage({ hostId, deviceId }: { hostId: string; deviceId: string }) {
  const [view, setView] = useConvertView()
  return (
    <DevicePage
      hostId={hostId}
      deviceId={deviceId}
      verbOf={({ state }) => ({
        title: 'Convert',
        heading: state === 'partial' ? 'Bring online' : 'Convert',
      })}
      run={view.run}
      onAgain={() => void setView({ plan: null, run: null }, { history: 'push' })}
      question={(host, device) => (
        <>
          <ZoneChoice
            zone={view.zone}
            policy={host.autoOnlinePolicy}
            onZone={(zone) => void setView({ zone, plan: null })}
          />
          <PlanSection
            key={view.zone}
            device={device}
            question={{ kind: 'convert', zone: view.zone }}
            planId={view.plan}
            onPlan={(plan) => void setView({ plan })}
            onStarted={(run) => void setView({ run }, { history: 'push' })}
          />
        </>
      )}
    />
  )
}
