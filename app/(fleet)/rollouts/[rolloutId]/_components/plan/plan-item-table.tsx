'use client'

import { clsx } from 'clsx'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { Fragment } from 'react'
import { Table, Th } from '@/app/_components/table'
import { shortIdentities } from '@/app/_lib/identity'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { PlanItemRow as Item } from '@/server/rollouts/views/plan-schema'
import { PlanItemDetail } from './plan-item-detail'
import { PlanItemRow } from './plan-item-row'
import type { PlanView } from './use-plan-view'

type Sort = PlanView['sort']
type Change = Partial<Pick<PlanView, 'sort' | 'dir' | 'page'>> & { open?: string | null }

export function PlanItemTable({
  rollout,
  items,
  view,
  onView,
}: {
  rollout: RolloutDetail
  items: readonly Item[]
  view: PlanView
  onView: (change: Change) => void
}) {
  const shorts = shortIdentities(items.map(({ identity }) => identity))
  const sortable = (sort: Sort, label: string, className?: string) => {
    const isSorted = view.sort === sort
    const Arrow = view.dir === 'asc' ? ArrowUp : ArrowDown
    // Most is what one looks for first in figures, and the beginning in names.
    const first = sort === 'host' || sort === 'order' ? 'asc' : 'desc'
    const next = isSorted && view.dir === first ? (first === 'asc' ? 'desc' : 'asc') : first
    return (
      <Th
        className={className}
        aria-sort={isSorted ? (view.dir === 'asc' ? 'ascending' : 'descending') : undefined}
      >
        <button
          type="button"
          className={clsx('inline-flex items-center gap-1 rounded-sm hover:text-ink', isSorted && 'text-ink')}
          onClick={() => onView({ sort, dir: next, page: 0 })}
        >
          {label}
          {isSorted ? <Arrow size={11} aria-hidden="true" /> : null}
        </button>
      </Th>
    )
  }
  return (
    <div className="border-line border-t">
      <Table
        label="Devices of the plan"
        head={
          <>
            {sortable('order', 'Wave')}
            {sortable('host', 'Host')}
            <Th>Device</Th>
            <Th>Kind</Th>
            <Th>Identity</Th>
            {sortable('gain', 'Gain', 'text-right')}
            {sortable('lost', 'Lost', 'text-right')}
            {sortable('memmap', 'Page structures', 'text-right')}
            <Th>Reversible</Th>
            <Th>Hazards</Th>
          </>
        }
      >
        {items.map((item, at) => {
          const isOpen = view.open === item.id
          return (
            <Fragment key={item.id}>
              <PlanItemRow
                item={item}
                short={shorts[at] ?? item.identity}
                policy={rollout.policy}
                isOpen={isOpen}
                onToggle={() => onView({ open: isOpen ? null : item.id })}
              />
              {isOpen ? <PlanItemDetail item={item} /> : null}
            </Fragment>
          )
        })}
      </Table>
    </div>
  )
}
