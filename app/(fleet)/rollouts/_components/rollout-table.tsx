import Link from 'next/link'
import { Ago } from '@/app/_components/ago'
import { StatePill } from '@/app/_components/state-pill'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { ROLLOUT_MARKS } from '@/app/_lib/rollout-states'
import { scopeWords, sumCounts } from '@/app/_lib/rollout-words'
import type { Outputs } from '@/app/_lib/trpc'

type Row = Outputs['rollouts']['list']['rollouts'][number]

export function RolloutTable({ rollouts }: { rollouts: readonly Row[] }) {
  return (
    <Table
      label="Rollouts"
      head={
        <>
          <Th>State</Th>
          <Th>Rollout</Th>
          <Th>Scope</Th>
          <Th>Reason</Th>
          <Th>By</Th>
          <Th className="text-right">Made</Th>
        </>
      }
    >
      {rollouts.map((rollout) => (
        <Tr key={rollout.id} className="hover:bg-bg">
          <Td>
            <StatePill {...ROLLOUT_MARKS[rollout.state]} />
          </Td>
          <Td wide>
            <Link
              href={`/rollouts/${rollout.id}`}
              className="rounded-sm underline decoration-line-strong underline-offset-4 hover:decoration-accent"
            >
              {rollout.name}
            </Link>
          </Td>
          <Td label="Scope">
            {scopeWords(sumCounts(rollout.devicesByState), sumCounts(rollout.hostsByState))}
          </Td>
          <Td wide className="max-w-96 truncate text-ink-3 text-xs" title={rollout.reasonText}>
            {rollout.reasonText}
          </Td>
          <Td label="By" className="text-ink-3 text-xs">
            {rollout.createdBy}
          </Td>
          <Td label="Made" className="text-right text-ink-3 text-xs">
            <Ago at={rollout.createdAt} />
          </Td>
        </Tr>
      ))}
    </Table>
  )
}
