import { kibToBytes } from '@/app/_components/chart/axis'
import { wholeFleet } from '@/app/_components/fleet/fleet-chart'
import { formatBytes, formatSignedBytes } from '@/app/_lib/format'
import type { FleetCapacity } from '@/server/capacity/schema'
import { TIERS } from '@/server/capacity/vocabulary'

/** What there is at the end of the range, and what has become of it since its start. */
export function CapacitySentence({ data, filter }: { data: FleetCapacity; filter: string }) {
  const { hosts, series } = wholeFleet(data)
  const first = hosts.findIndex((count) => count > 0)
  const last = hosts.findLastIndex((count) => count > 0)
  if (first === -1) return <>No host was heard from in this time.</>
  const online = (index: number) =>
    kibToBytes(TIERS.reduce((sum, tier) => sum + (series[tier][index] ?? 0), 0))
  const gained = online(last) - online(first)
  const silent = (hosts[first] ?? 0) - (hosts[last] ?? 0)
  return (
    <>
      <b className="font-semibold text-ink">{formatBytes(online(last))}</b> online
      {filter === '' ? '' : ' on these hosts'},{' '}
      {gained === 0n ? 'as much as' : `${formatSignedBytes(gained)} against`} the start of this time
      {silent > 0 ? `; ${silent} fewer ${silent === 1 ? 'host is' : 'hosts are'} heard from` : ''}
      {silent < 0 ? `; ${-silent} more ${silent === -1 ? 'host is' : 'hosts are'} heard from` : ''}.
    </>
  )
}
