'use client'

import dynamic from 'next/dynamic'
import { parseAsString, useQueryState } from 'nuqs'
import { useState } from 'react'
import { ButtonLink } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { keysToDecide } from '@/app/_components/host-key/keys-to-decide'
import { isTroubled } from '@/app/_lib/attendance-words'
import type { Asked } from '@/app/_lib/host-recovery-words'
import { withoutName } from '@/app/_lib/host-words'
import { hostMark } from '@/app/_lib/states'
import { useActiveRun } from '@/app/_lib/use-active-run'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import type { HostTab } from './host-tabs'
import { AwayNote } from './notes/away-note'
import { DeviceNotes } from './notes/device-notes'

// Read when a host is in such trouble: most are not.
const KeyReview = dynamic(
  () => import('@/app/_components/host-key/key-review').then((part) => part.KeyReview),
  { ssr: false },
)
const RunTrouble = dynamic(
  () => import('@/app/_components/run/run-trouble').then((part) => part.RunTrouble),
  { ssr: false },
)
const ForeignNote = dynamic(() => import('./notes/foreign-note').then((part) => part.ForeignNote), {
  ssr: false,
})
const LiftQuarantine = dynamic(() => import('./notes/lift-quarantine').then((part) => part.LiftQuarantine), {
  ssr: false,
})
const QuarantineNote = dynamic(() => import('./notes/quarantine-note').then((part) => part.QuarantineNote), {
  ssr: false,
})

const AskedNote = dynamic(() => import('./notes/asked-note').then((part) => part.AskedNote), { ssr: false })

/** What stands between this host and work, and the one next action beside it. */
export function HostNotes({ host, tab }: { host: HostDetail; tab: HostTab }) {
  const [asked, setAsked] = useState<Asked | null>(null)
  const [openRun] = useQueryState('run', parseAsString)
  const job = useActiveRun(host)
  const ask = (what: Asked['what']) =>
    setAsked({ what, lastSeenAt: host.lastSeenAt, stateSince: host.stateSince })
  const troubled = job && isTroubled(job) ? job : null
  // The runs tab says it of the run that stands open there.
  const isSaidBelow = tab === 'runs' && (openRun === null || openRun === host.activeJobId)
  const isKeyAsked = keysToDecide(host).length > 0
  return (
    <>
      {host.unserved === null ? null : (
        <FaultNote tone="warn" live={false} message={host.unserved.message} next={host.unserved.next} />
      )}
      <AwayNote host={host} />
      {isKeyAsked ? (
        <Card title="Compare the host's key">
          <CardBody>
            <KeyReview host={host} />
          </CardBody>
        </Card>
      ) : null}
      {host.state === 'foreign' ? <ForeignNote host={host} onAsked={() => ask('adopt')} /> : null}
      {troubled === null || isSaidBelow ? null : (
        <RunTrouble job={troubled}>
          {host.state === 'quarantined' ? <LiftQuarantine host={host} onAsked={() => ask('lift')} /> : null}
        </RunTrouble>
      )}
      {host.state === 'quarantined' && (troubled === null || isSaidBelow) ? (
        <QuarantineNote host={host} onAsked={() => ask('lift')} />
      ) : null}
      {isKeyAsked || troubled !== null ? null : <StateNote host={host} />}
      <DeviceNotes host={host} />
      <div aria-live="polite" className="empty:absolute">
        {asked === null ? null : <AskedNote asked={asked} host={host} />}
      </div>
    </>
  )
}

/** Of states that have no note of their own. */
function StateNote({ host }: { host: HostDetail }) {
  if (host.state === 'quarantined' || host.state === 'foreign') return null
  if (host.state === 'ready' || host.stateNext === '') return null
  return (
    <FaultNote
      tone={hostMark(host).tone}
      live={false}
      message={withoutName(host.stateMessage, host.name)}
      next={withoutName(host.stateNext, host.name)}
    >
      {host.state === 'auth_refused' || host.state === 'sudo_refused' ? (
        <ButtonLink href={{ pathname: `/hosts/${host.id}`, query: { tab: 'access' } }}>
          User and key…
        </ButtonLink>
      ) : null}
    </FaultNote>
  )
}
