'use client'

import { ButtonLink } from '@/app/_components/button'
import { FaultNote } from '@/app/_components/fault-note'
import { liftBlocked } from '@/app/_lib/host-recovery-words'
import { withoutName } from '@/app/_lib/host-words'
import { useFocusHandover } from '@/app/_lib/use-focus-handover'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import { LiftQuarantine } from './lift-quarantine'

/** Why nothing may act on the host, and what ends that. */
export function QuarantineNote({ host, onAsked }: { host: HostDetail; onAsked: () => void }) {
  const ref = useFocusHandover<HTMLDivElement>()
  const blocked = liftBlocked(host)
  return (
    <div ref={ref}>
      <FaultNote
        tone="warn"
        live={false}
        message={withoutName(host.stateMessage, host.name)}
        detail={
          host.fenceDue ? (
            <p>
              Lifting takes the host’s lock, records a new token, so that nothing older can act here, and only
              then reads the host. If something still holds the lock, the quarantine stays.
            </p>
          ) : null
        }
        next={withoutName(host.stateNext, host.name)}
      >
        <LiftQuarantine host={host} onAsked={onAsked} />
        {host.fenceDue ? null : (
          <ButtonLink href={{ pathname: `/hosts/${host.id}`, query: { tab: 'access' } }}>
            Remove this entry…
          </ButtonLink>
        )}
        {blocked === null || host.fencing ? null : (
          <p className="w-full text-ink-2 text-xs">{withoutName(blocked, host.name)}</p>
        )}
      </FaultNote>
    </div>
  )
}
