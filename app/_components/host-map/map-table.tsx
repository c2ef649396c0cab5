import { formatCount } from '@/app/_lib/format'
import type { CapacityMap } from '@/server/capacity/schema'
import { FLEET_SERIES } from '@/server/capacity/vocabulary'
import { Bytes } from '../bytes'
import { kibToBytes } from '../chart/axis'
import { Table, Td, Th, Tr } from '../table'
import type { HostGroup } from './group-hosts'
import { GroupLink } from './group-link'
import { FILL_WORDS } from './map-fills'
import { needsAttention } from './map-paths'

/** The map's twin: each group in figures. Its hosts one by one stand in the list that it leads to. */
export function MapTable({
  map,
  groups,
  label,
  filter,
}: {
  map: CapacityMap
  groups: readonly HostGroup[]
  label: string | null
  filter: string
}) {
  return (
    <Table
      label="Hosts by group"
      head={
        <>
          <Th>{label ?? 'Group'}</Th>
          <Th className="text-right">Hosts</Th>
          {FLEET_SERIES.map((series) => (
            <Th key={series} className="text-right">
              {FILL_WORDS[series] ?? 'lost'}
            </Th>
          ))}
          <Th className="text-right">Need attention</Th>
        </>
      }
    >
      {groups.map((group) => {
        return (
          <Tr key={`${group.name} ${group.folded}`}>
            <Td wide className="font-mono text-xs">
              <GroupLink label={label} group={group} filter={filter} />
            </Td>
            <Td label="Hosts" className="text-right">
              {formatCount(group.places.length)}
            </Td>
            {FLEET_SERIES.map((series) => (
              <Td key={series} label={FILL_WORDS[series] ?? 'lost'} className="text-right">
                <Bytes
                  value={kibToBytes(
                    group.places.reduce((sum, place) => sum + (map.series[series][place] ?? 0), 0),
                  )}
                />
              </Td>
            ))}
            <Td label="Need attention" className="text-right">
              {formatCount(group.places.filter((place) => needsAttention(map, place)).length)}
            </Td>
          </Tr>
        )
      })}
    </Table>
  )
}
