import { Download } from 'lucide-react'
import { Button } from '@/app/_components/button'
import { Bytes } from '@/app/_components/bytes'
import { Card } from '@/app/_components/card'
import { kibToBytes } from '@/app/_components/chart/axis'
import { SERIES_WORDS } from '@/app/_components/fleet/fleet-chart'
import { groupName } from '@/app/_components/host-map/group-hosts'
import { GroupLink } from '@/app/_components/host-map/group-link'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { download, toCsv } from '@/app/_lib/csv'
import { formatCount, plural } from '@/app/_lib/format'
import type { FleetCapacity } from '@/server/capacity/schema'
import { FLEET_SERIES } from '@/server/capacity/vocabulary'

/** The groups in figures, as they are at the end of the range; the CSV has every time of it. */
export function GroupTable({ data, label, filter }: { data: FleetCapacity; label: string; filter: string }) {
  return (
    <Card
      title={`By ${label}`}
      meta={`${plural(data.groups.length, 'group')}, at the end of this time`}
      aside={
        <Button
          look="quiet"
          onClick={() => download('daxfleet-capacity-groups.csv', groupsCsv(data, label))}
          className="px-2 py-0.5 text-xs"
        >
          <Download size={13} aria-hidden="true" />
          CSV of all times
        </Button>
      }
    >
      <Table
        label={`Memory by ${label}`}
        head={
          <>
            <Th>{label}</Th>
            <Th className="text-right">Hosts heard from</Th>
            {FLEET_SERIES.map((series) => (
              <Th key={series} className="text-right">
                {SERIES_WORDS[series]}
              </Th>
            ))}
          </>
        }
      >
        {data.groups.map((group) => (
          <Tr key={`${group.name} ${group.folded}`}>
            <Td wide>
              <GroupLink label={label} group={group} filter={filter} />
            </Td>
            <Td label="Hosts heard from" className="text-right">
              {formatCount(group.hosts.at(-1) ?? 0)}
            </Td>
            {FLEET_SERIES.map((series) => (
              <Td key={series} label={SERIES_WORDS[series]} className="text-right">
                <Bytes value={kibToBytes(group.series[series].at(-1) ?? 0)} />
              </Td>
            ))}
          </Tr>
        ))}
      </Table>
    </Card>
  )
}

/** A line for each group and time. */
function groupsCsv({ groups, times }: FleetCapacity, label: string): string {
  const header = [
    'time',
    label,
    'hosts heard from',
    ...FLEET_SERIES.map((series) => `${SERIES_WORDS[series]} bytes`),
  ]
  return toCsv(
    header,
    groups.flatMap((group) =>
      times.map((seconds, index) => [
        new Date(seconds * 1000).toISOString(),
        groupName(label, group),
        String(group.hosts[index] ?? 0),
        ...FLEET_SERIES.map((series) => kibToBytes(group.series[series][index] ?? 0).toString()),
      ]),
    ),
  )
}
