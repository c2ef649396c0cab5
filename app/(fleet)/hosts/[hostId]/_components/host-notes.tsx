import { ButtonLink } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { KeyReview } from '@/app/_components/host-key/key-review'
import { keysToDecide } from '@/app/_components/host-key/keys-to-decide'
import { withoutName } from '@/app/_lib/host-words'
import { hostMark } from '@/app/_lib/states'
import type { HostDetail } from '@/server/hosts/schema'
import { ActiveRunNote } from './active-run-note'
import type { HostTab } from './host-tabs'

/** What stands between this host and work, and the one next action beside it. */
export function HostNotes({ host, tab }: { host: HostDetail; tab: HostTab }) {
  if (keysToDecide(host).length > 0) {
    return (
      <Card title="Compare the host's key">
        <CardBody>
          <KeyReview host={host} />
        </CardBody>
      </Card>
    )
  }
  const state = <StateNote host={host} />
  // The runs tab says it of the run itself.
  if (host.activeJobId === null || tab === 'runs') return state
  return <ActiveRunNote host={host} otherwise={state} />
}

function StateNote({ host }: { host: HostDetail }) {
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
