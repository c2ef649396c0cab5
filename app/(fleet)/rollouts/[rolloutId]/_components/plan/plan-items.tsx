'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Card } from '@/app/_components/card'
import { Pager } from '@/app/_components/pager'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { plural } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutPlanView } from '@/server/rollouts/views/plan-schema'
import { PlanItemFilter } from './plan-item-filter'
import { PlanItemTable } from './plan-item-table'
import { useExports } from './use-exports'
import { usePlanView } from './use-plan-view'

const PAGE_ROWS = 25

/** Every device of the list, with what its host says; filtered, sorted and paged on the server. */
export function PlanItems({ rollout, plan }: { rollout: RolloutDetail; plan: RolloutPlanView }) {
  const trpc = useTRPC()
  const [view, setView] = usePlanView()
  const { exportItems, isBusy } = useExports(rollout)
  const page = Math.max(0, view.page)
  const filter = {
    search: useDebounced(view.q, 180),
    state: view.state,
    wave: view.wave !== null && view.wave >= 0 ? view.wave : null,
    hazard: view.hazard,
    sort: view.sort,
    direction: view.dir,
  }
  const list = useQuery(
    trpc.rollouts.planItems.queryOptions(
      { rolloutId: rollout.id, ...filter, limit: PAGE_ROWS, offset: page * PAGE_ROWS },
      { placeholderData: keepPreviousData },
    ),
  )
  return (
    <Card
      title="Devices"
      meta={list.data ? plural(list.data.matching, 'device') : null}
      className="scroll-mt-16"
    >
      <PlanItemFilter
        rollout={rollout}
        plan={plan}
        view={view}
        onView={(change) => void setView({ page: null, ...change })}
        onExport={list.data && list.data.matching > 0 && !isBusy ? () => exportItems(filter) : null}
      />
      {list.error && !list.data ? (
        <QueryFault error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <Skeleton className="m-3 h-60" />
      ) : list.data.items.length === 0 ? (
        <p className="border-line border-t px-3.5 py-6 text-center text-ink-2">No device matches this.</p>
      ) : (
        <>
          <PlanItemTable
            rollout={rollout}
            items={list.data.items}
            view={view}
            onView={(change) => void setView(change)}
          />
          <Pager
            what="devices"
            page={page}
            pageRows={PAGE_ROWS}
            matching={list.data.matching}
            onPage={(next) => void setView({ page: next === 0 ? null : next, open: null })}
          />
        </>
      )}
    </Card>
  )
}
