'use client'

import Link from 'next/link'
import { PartialChoice } from '@/app/_components/partial-choice'
import { DevicePage } from '@/app/_components/plan/device-page'
import { PlanSection } from '@/app/_components/plan/plan-section'
import { useRestoreView } from './use-restore-view'

/** Policy, plan, phrase, run: one device given back, from the question to what was read back. */
export function RestorePage({ hostId, deviceId }: { hostId: string; deviceId: string }) {
  const [view, setView] = useRestoreView()
  return (
    <DevicePage
      hostId={hostId}
      deviceId={deviceId}
      verbOf={() => ({ title: 'Give back', heading: 'Give back' })}
      run={view.run}
      onAgain={() => void setView({ plan: null, run: null }, { history: 'push' })}
      question={(_host, device) => (
        <>
          <p className="text-ink-2">
            All of it, so that the device goes back to device_dax.{' '}
            <Link
              href={{ pathname: `/hosts/${hostId}/share/${deviceId}`, query: { does: 'offline' } }}
              className="rounded-sm underline underline-offset-4 hover:text-ink"
            >
              Give back only a part
            </Link>{' '}
            to keep the rest as memory.
          </p>
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
    />
  )
}
