'use client'

import { FaultNote } from '@/app/_components/fault-note'
import { PartialChoice } from '@/app/_components/partial-choice'
import { DevicePage } from '@/app/_components/plan/device-page'
import { PlanSection } from '@/app/_components/plan/plan-section'
import { ZoneChoice } from '@/app/_components/zone-choice'
import { readShare } from '@/app/_lib/share-text'
import { ShareSize } from './share-size'
import { useShareView } from './use-share-view'

const WORDS = {
  offline: { title: 'Give back part of', heading: 'Give back part of' },
  online: { title: 'Bring online part of', heading: 'Bring online part of' },
} as const

/** Size, terms, plan, phrase, run: part of a device that kmem keeps, from the question to what was read back. */
export function SharePage({ hostId, deviceId }: { hostId: string; deviceId: string }) {
  const [view, setView] = useShareView()
  const { does, size, partial, zone } = view
  const read = size === null ? null : readShare(size)
  return (
    <DevicePage
      hostId={hostId}
      deviceId={deviceId}
      verbOf={() => WORDS[does]}
      run={view.run}
      onAgain={() => void setView({ plan: null, run: null }, { history: 'push' })}
      question={(host, device) =>
        device.driver !== 'kmem' || host.blockSizeBytes === null ? (
          <FaultNote
            tone="warn"
            live={false}
            message={`${device.daxName} is not system RAM: none of it is online, and no part of it can come online alone.`}
            next="Convert it first."
          />
        ) : (
          <>
            <ShareSize
              key={does}
              device={device}
              blockSizeBytes={host.blockSizeBytes}
              does={does}
              asked={size}
              onAsk={(text) => (text === size ? undefined : void setView({ size: text, plan: null }))}
            />
            {does === 'offline' ? (
              <PartialChoice
                onPartial={partial}
                onChoice={(choice) => void setView({ partial: choice, plan: null })}
              />
            ) : (
              <ZoneChoice
                zone={zone}
                policy={null}
                zones={['movable', 'kernel']}
                onZone={(choice) =>
                  void setView({ zone: choice === 'kernel' ? 'kernel' : 'movable', plan: null })
                }
              />
            )}
            {read === null || 'fault' in read ? null : (
              <PlanSection
                key={`${does} ${size} ${partial} ${zone}`}
                device={device}
                question={
                  does === 'offline'
                    ? { kind: 'offline', onPartial: partial, ...read }
                    : { kind: 'online', zone, ...read }
                }
                planId={view.plan}
                onPlan={(plan) => void setView({ plan })}
                onStarted={(run) => void setView({ run }, { history: 'push' })}
              />
            )}
          </>
        )
      }
    />
  )
}
