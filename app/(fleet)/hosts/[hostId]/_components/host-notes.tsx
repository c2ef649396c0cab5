import { ButtonLink } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { KeyReview } from '@/app/_components/host-key/key-review'
import { keysToDecide } from '@/app/_components/host-key/keys-to-decide'
import { hostMark } from '@/app/_lib/states'
import type { HostDetail } from '@/server/hosts/schema'

/** What stands between this host and work, and the one next action beside it. */
export function HostNotes({ host }: { host: HostDetail }) {
  if (keysToDecide(host).length > 0) {
    return (
      <Card title="Compare the host's key">
        <CardBody>
          <KeyReview host={host} />
        </CardBody>
      </Card>
    )
  }
  if (host.state === 'ready' || host.stateNext === '') return null
  const mark = hostMark(host)
  return (
    <FaultNote tone={mark.tone} live={false} message={host.stateMessage} next={host.stateNext}>
      {host.state === 'auth_refused' || host.state === 'sudo_refused' ? (
        <ButtonLink href={{ pathname: `/hosts/${host.id}`, query: { tab: 'access' } }}>
          User and key…
        </ButtonLink>
      ) : null}
    </FaultNote>
  )
}
