import { Ago } from '@/app/_components/ago'
import { Card } from '@/app/_components/card'
import { Fingerprint } from '@/app/_components/fingerprint'
import { StatePill } from '@/app/_components/state-pill'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import type { Mark } from '@/app/_lib/states'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import { ConnectionCard } from './connection-card'
import { PrivilegesCard } from './privileges-card'
import { RemoveHost } from './remove-host'

const KEY_MARKS: Record<HostDetail['keys'][number]['status'], Mark> = {
  pending: { tone: 'warn', word: 'To review' },
  trusted: { tone: 'ok', word: 'Trusted' },
  rejected: { tone: 'fail', word: 'Rejected' },
  superseded: { tone: 'skip', word: 'Superseded' },
}

export function AccessTab({ host }: { host: HostDetail }) {
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[minmax(340px,1fr)_2fr]">
      <ConnectionCard key={host.id} host={host} />
      <div className="grid min-w-0 gap-4">
        <Card title="Keys this host has shown" meta={host.keys.length === 0 ? 'none yet' : null}>
          {host.keys.length > 0 ? (
            <Table
              label="Keys this host has shown"
              head={
                <>
                  <Th>State</Th>
                  <Th>Fingerprint</Th>
                  <Th>Seen</Th>
                  <Th>Reviewed</Th>
                </>
              }
            >
              {host.keys.map((key) => (
                <Tr key={key.id}>
                  <Td wide className="align-top sm:py-1.5">
                    <StatePill {...KEY_MARKS[key.status]} />
                  </Td>
                  <Td wide wraps label="Fingerprint" className="min-w-56 align-top sm:py-1.5">
                    <Fingerprint algorithm={key.algorithm} value={key.fingerprint} />
                  </Td>
                  <Td label="Seen" className="align-top text-ink-2 text-xs sm:py-1.5">
                    first <Ago at={key.firstSeenAt} />
                    <br />
                    last <Ago at={key.lastSeenAt} />
                  </Td>
                  <Td wraps label="Reviewed" className="align-top text-ink-2 text-xs sm:py-1.5">
                    {key.reviewedBy ?? '–'}
                    {key.reviewedAt ? (
                      <>
                        <br />
                        <Ago at={key.reviewedAt} />
                      </>
                    ) : null}
                  </Td>
                </Tr>
              ))}
            </Table>
          ) : null}
        </Card>
        <PrivilegesCard key={`${host.username} ${host.stateSince.getTime()}`} host={host} />
        <RemoveHost host={host} />
      </div>
    </div>
  )
}
