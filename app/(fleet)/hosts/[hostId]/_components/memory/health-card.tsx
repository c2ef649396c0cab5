import Link from 'next/link'
import { Ago } from '@/app/_components/ago'
import { Card, CardBody } from '@/app/_components/card'
import { StatePill } from '@/app/_components/state-pill'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { HEALTH_MARKS } from '@/app/_lib/health-marks'
import { badBlocksTitle, factValue, factWords } from '@/server/health-policy/vocabulary'
import type { HostDetail } from '@/server/hosts/schemas/detail'

/** What was read of the health of each device, by whom and when, and what the fleet's policy makes of it. */
export function HealthCard({ host }: { host: HostDetail }) {
  const devices = host.devices.filter(({ state }) => state !== 'gone')
  const told = devices.filter(({ health }) => health.length > 0)
  return (
    <Card
      title="Health"
      aside={
        <Link href="/settings/health" className="text-ink-3 text-xs underline underline-offset-4">
          Policy
        </Link>
      }
    >
      {told.length === 0 ? (
        <CardBody>
          <p className="text-ink-3">Nothing is told of the health of this host’s devices.</p>
        </CardBody>
      ) : (
        <Table
          label="Health of the devices"
          head={
            <>
              <Th>Device</Th>
              <Th>Of</Th>
              <Th>What</Th>
              <Th>Value</Th>
              <Th>By the policy</Th>
              <Th>Source</Th>
              <Th>Read</Th>
            </>
          }
        >
          {told.flatMap((device) =>
            device.health.map((fact, at) => (
              <Tr key={`${device.id} ${fact.of} ${fact.fact} ${fact.source}`}>
                <Td wide className="font-mono text-xs">
                  {at === 0 ? device.daxName : <span className="sm:sr-only">{device.daxName}</span>}
                </Td>
                <Td label="Of" className="font-mono text-xs">
                  {fact.of}
                </Td>
                <Td label="What">
                  {fact.fact === 'bad_blocks' ? badBlocksTitle : factWords[fact.fact].title}
                </Td>
                <Td label="Value" wraps className="min-w-32">
                  {factValue(fact)}
                </Td>
                <Td label="By the policy">
                  <StatePill {...HEALTH_MARKS[fact.level]} />
                </Td>
                <Td label="Source" wide className="max-w-64 truncate font-mono text-xs" title={fact.source}>
                  {fact.source}
                </Td>
                <Td label="Read" className="text-ink-3">
                  <Ago at={fact.readAt} />
                </Td>
              </Tr>
            )),
          )}
        </Table>
      )}
    </Card>
  )
}
