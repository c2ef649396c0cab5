'use client'

import { skipToken, useQuery } from '@tanstack/react-query'
import { CopyButton } from '@/app/_components/copy-button'
import { HazardList } from '@/app/_components/hazard-list'
import { QueryFault } from '@/app/_components/query-fault'
import { WriteList } from '@/app/_components/run/write-list'
import { Skeleton } from '@/app/_components/skeleton'
import { formatBytes, plural } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
import { writesAsText } from '@/app/_lib/writes'
import type { PlanItemRow as Item } from '@/server/rollouts/views/plan-schema'
import { PLAN_COLUMNS } from './plan-columns'

/** What one host answered about one device, to the letter. */
export function PlanItemDetail({ item }: { item: Item }) {
  return (
    <tr className="border-line border-b bg-bg max-sm:block">
      <td colSpan={PLAN_COLUMNS} className="px-3.5 py-3 max-sm:block">
        <Answer item={item} />
      </td>
    </tr>
  )
}

function Answer({ item }: { item: Item }) {
  const trpc = useTRPC()
  const plan = useQuery(
    trpc.plans.get.queryOptions(item.planId === null ? skipToken : { planId: item.planId }),
  )
  if (item.planId === null)
    return <p className="text-ink-2">{item.message || 'It has not been asked yet.'}</p>
  if (plan.error) return <QueryFault error={plan.error} onRetry={() => void plan.refetch()} />
  if (!plan.data) return <Skeleton className="h-20" />
  const { writes, recovery, hazards, reversible, blockCount, targetNode, digest } = plan.data
  return (
    <div className="grid gap-3 xl:grid-cols-[1fr_1.5fr]">
      <div className="grid content-start gap-2.5">
        {item.message ? (
          <p className="break-words">
            {item.message} <span className="text-ink-2">{item.next}</span>
          </p>
        ) : null}
        <p className="text-ink-2">
          {formatBytes(item.sizeBytes)} of {item.kind}
          {targetNode === null ? '' : `, memory of node ${targetNode}`}
          {blockCount === null ? '' : `, ${plural(blockCount, 'block')} to bring online`}
          {item.memmapFrom === null
            ? ''
            : item.memmapFrom === 'normal'
              ? '; page structures out of the memory there is now'
              : '; page structures out of the new memory'}
          .
        </p>
        {hazards.length > 0 ? <HazardList hazards={hazards} /> : null}
        {reversible ? (
          <p className="text-ink-2">
            <span className="font-medium text-ink">
              {reversible.yes ? 'Reversible: ' : 'Not reversible: '}
            </span>
            {reversible.why}
          </p>
        ) : null}
        {digest ? (
          <p className="text-ink-3 text-xs">
            digest{' '}
            <span className="font-mono" title={digest}>
              {digest.slice(0, 16)}
            </span>
          </p>
        ) : null}
      </div>
      {writes.length > 0 ? (
        <div className="grid min-w-0 content-start gap-1.5">
          <div className="flex items-center">
            <h3 className="font-medium">
              What will be written{' '}
              <span className="font-normal text-ink-3 text-xs">exactly this, in this order</span>
            </h3>
            <span className="ml-auto">
              <CopyButton label="what will be written" text={writesAsText(writes)} />
            </span>
          </div>
          <WriteList label={`What will be written to ${item.daxName}`} writes={writes} />
          {recovery.length > 0 ? (
            <details>
              <summary className="rounded-sm font-medium text-ink-2">
                If it stops half-way, before a block is online: the way back
              </summary>
              <div className="pt-2">
                <WriteList label="The way back" writes={recovery} />
              </div>
            </details>
          ) : null}
        </div>
      ) : null}
    </div>
  )
}
