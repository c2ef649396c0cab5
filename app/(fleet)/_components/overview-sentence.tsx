'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { FleetSentence } from '@/app/_components/fleet/fleet-sentence'
import { formatCount, plural } from '@/app/_lib/format'
import { RUNNING_ROLLOUTS } from '@/app/_lib/rollout-phases'
import { ofWords, sumCounts } from '@/app/_lib/rollout-words'
import { ATTENTION_STANDINGS } from '@/app/_lib/states'
import { type Outputs, useTRPC } from '@/app/_lib/trpc'

/** While a rollout runs, where it is; else how the fleet stands. Either way true now, and every count a link. */
export function OverviewSentence({ summary }: { summary: Outputs['hosts']['summary'] }) {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.rollouts.list.queryOptions({ states: [...RUNNING_ROLLOUTS], limit: 1 }))
  const rollout = data?.rollouts[0]
  if (rollout === undefined) return <FleetSentence summary={summary} />
  const attention = ATTENTION_STANDINGS.reduce(
    (sum, standing) => sum + (summary.hostsByStanding[standing] ?? 0),
    0,
  )
  const more = (data?.matching ?? 1) - 1
  return (
    <>
      Rollout{' '}
      <Link href={`/rollouts/${rollout.id}`} className={LINK}>
        {rollout.name}
      </Link>{' '}
      {rollout.state === 'running' ? 'is running' : `is ${rollout.state}`}:{' '}
      <b className="font-semibold text-ink">
        {ofWords(sumCounts(rollout.hostsByState, 'succeeded'), sumCounts(rollout.hostsByState))}
      </b>{' '}
      hosts converted
      {more > 0 ? `, and ${plural(more, 'more rollout')} beside it` : ''};{' '}
      {attention > 0 ? (
        <Link
          href={{ pathname: '/hosts', query: { q: `state:${ATTENTION_STANDINGS.join(',')}` } }}
          className={LINK}
        >
          {formatCount(attention)} {attention === 1 ? 'host needs' : 'hosts need'} attention
        </Link>
      ) : (
        'no host needs attention'
      )}
      .
    </>
  )
}

const LINK =
  'rounded-sm font-semibold text-ink underline decoration-line-strong underline-offset-4 hover:decoration-accent'
