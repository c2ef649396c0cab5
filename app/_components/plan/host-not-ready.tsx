import { ButtonLink } from '@/app/_components/button'
import { FaultNote } from '@/app/_components/fault-note'
import { withoutName } from '@/app/_lib/host-words'
import { hostMark } from '@/app/_lib/states'
import type { HostDetail } from '@/server/hosts/schemas/detail'

/** Why no plan can be made at this moment, and where to go instead. */
export function HostNotReady({ host }: { host: HostDetail }) {
  if (host.activeJobState === 'unknown') {
    return (
      <FaultNote
        tone="lost"
        live={false}
        message="What an earlier run did on this host is not known yet."
        next="Settle that run first: ask the host, or mark the run lost."
      >
        <ButtonLink href={{ pathname: `/hosts/${host.id}` }}>To the host</ButtonLink>
      </FaultNote>
    )
  }
  if (host.activeJobId !== null) {
    return (
      <FaultNote
        tone="run"
        live={false}
        message="A run is going on on this host."
        next="Wait for its end: one host does one thing at a time."
      >
        <ButtonLink href={{ pathname: `/hosts/${host.id}`, query: { tab: 'runs', run: host.activeJobId } }}>
          Watch the run
        </ButtonLink>
      </FaultNote>
    )
  }
  return (
    <FaultNote
      tone={hostMark(host).tone}
      live={false}
      message={withoutName(host.stateMessage, host.name) || 'The host has not been looked at yet.'}
      next={withoutName(host.stateNext, host.name) || 'Probe the host.'}
    >
      <ButtonLink href={{ pathname: `/hosts/${host.id}` }}>To the host</ButtonLink>
    </FaultNote>
  )
}
