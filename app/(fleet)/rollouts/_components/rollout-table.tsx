import Link from 'next/link'
import { Ago } from '@/app/_components/ago'
import { RolloutProgress } from '@/app/_components/rollout-progress'
import { StatePill } from '@/app/_components/state-pill'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { formatCount } from '@/app/_lib/format'
import { isPlanOnly } from '@/app/_lib/rollout-phases'
import { ROLLOUT_MARKS } from '@/app/_lib/rollout-states'
import { sumCounts } from '@/app/_lib/rollout-words'
import type { Outputs } from '@/app/_lib/trpc'

export type RolloutRow = Outputs['rollouts']['list']['rollouts'][number]

export function RolloutTable({ rollouts }: { rollouts: readonly RolloutRow[] }) {
  return (
    <Table
      label="Rollouts"
      head={
        <>
          <Th>State</Th>
          <Th>Rollout</Th>
          <Th>Hosts by outcome</Th>
          <Th className="text-right">Hosts</Th>
          <Th className="text-right">Devices</Th>
          <Th>Reason</Th>
          <Th>By</Th>
          <Th className="text-right">When</Th>
        </>
      }
    >
      {rollouts.map((rollout) => (
        <Tr key={rollout.id} className="hover:bg-bg">
          <Td>
            <StatePill {...ROLLOUT_MARKS[rollout.state]} />
          </Td>
          <Td className="max-w-80 truncate max-sm:text-right!">
            <Link
              href={`/rollouts/${rollout.id}`}
              prefetch={false}
              data-rollout
              className="rounded-sm underline decoration-line-strong underline-offset-4 hover:decoration-accent"
            >
              {rollout.name}
            </Link>
          </Td>
          <Td wide>
            {isPlanOnly(rollout.state) ? (
              <span className="text-ink-3 text-xs">{planWords(rollout)}</span>
            ) : (
              <span className="flex items-center gap-2">
                <RolloutProgress hostsByState={rollout.hostsByState} />
                <span className="text-ink-3 text-xs">{outcomeWords(rollout)}</span>
              </span>
            )}
          </Td>
          <Td label="Hosts" className="text-right">
            {formatCount(sumCounts(rollout.hostsByState))}
          </Td>
          <Td label="Devices" className="text-right">
            {formatCount(sumCounts(rollout.devicesByState) - sumCounts(rollout.devicesByState, 'excluded'))}
          </Td>
          <Td wide className="w-full max-w-0 truncate text-ink-3 text-xs" title={rollout.reasonText}>
            {rollout.reasonText}
          </Td>
          <Td label={rollout.approvedBy === null ? 'Made by' : 'Approved by'} className="text-ink-3 text-xs">
            {rollout.approvedBy ?? rollout.createdBy}
          </Td>
          <Td label="When" className="text-right text-ink-3 text-xs">
            <Ago at={rollout.endedAt ?? rollout.approvedAt ?? rollout.createdAt} />
          </Td>
        </Tr>
      ))}
    </Table>
  )
}

function planWords({ state, devicesByState }: RolloutRow): string {
  const all = sumCounts(devicesByState)
  if (state === 'planning')
    return `${formatCount(all - sumCounts(devicesByState, 'planning'))} of ${formatCount(all)} answered`
  return state === 'ready' ? 'planned, waits for an approval' : 'never approved'
}

function outcomeWords({ hostsByState }: RolloutRow): string {
  const parts = [
    `${formatCount(sumCounts(hostsByState, 'succeeded'))} of ${formatCount(sumCounts(hostsByState))}`,
  ]
  const failed = sumCounts(hostsByState, 'failed', 'void', 'cancelled')
  if (failed > 0) parts.push(`${formatCount(failed)} failed`)
  return parts.join(' · ')
}
