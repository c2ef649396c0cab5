'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { ButtonLink } from '@/app/_components/button'
import { Card } from '@/app/_components/card'
import { PageTitle } from '@/app/_components/page-title'
import { Pager } from '@/app/_components/pager'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { formatCount } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'
import { useHotkeys } from '@/app/_lib/use-hotkeys'
import { rolloutStates } from '@/server/rollouts/vocabulary'
import { FirstRollout } from './first-rollout'
import { RolloutFilter } from './rollout-filter'
import { RolloutTable } from './rollout-table'
import { useRolloutExport } from './use-rollout-export'
import { useRowKeys } from './use-row-keys'

const PAGE_ROWS = 50

export function RolloutsPage() {
  const trpc = useTRPC()
  const router = useRouter()
  const [view, setView] = useQueryStates({
    q: parseAsString.withDefault(''),
    state: parseAsStringLiteral(rolloutStates),
    page: parseAsInteger.withDefault(0),
  })
  const page = Math.max(0, view.page)
  const filter = { search: useDebounced(view.q, 180), states: view.state === null ? [] : [view.state] }
  const list = useQuery(
    trpc.rollouts.list.queryOptions(
      { ...filter, limit: PAGE_ROWS, offset: page * PAGE_ROWS },
      { placeholderData: keepPreviousData },
    ),
  )
  const { exportAll, isBusy } = useRolloutExport(filter)
  const rows = useRowKeys('[data-rollout]')
  useHotkeys({ n: () => router.push('/rollouts/new') })

  if (list.error && !list.data) return <QueryFault error={list.error} onRetry={() => void list.refetch()} />
  const { data } = list
  return (
    <>
      <PageTitle
        title="Rollouts"
        sentence={data ? sentence(data.total, data.rollouts) : <>&nbsp;</>}
        actions={
          <ButtonLink href="/rollouts/new" look="primary">
            New rollout…
          </ButtonLink>
        }
      />
      {data === undefined ? (
        <Skeleton className="h-60" />
      ) : data.total === 0 ? (
        <FirstRollout />
      ) : (
        <div ref={rows}>
          <Card
            title="All rollouts"
            meta={
              data.matching === data.total
                ? `${formatCount(data.total)} in all`
                : `${formatCount(data.matching)} of ${formatCount(data.total)}`
            }
          >
            <RolloutFilter
              text={view.q}
              state={view.state}
              onText={(q) => void setView({ q: q === '' ? null : q, page: null })}
              onState={(state) => void setView({ state, page: null })}
              onExport={data.matching > 0 && !isBusy ? exportAll : null}
            />
            {data.rollouts.length > 0 ? (
              <div className="border-line border-t">
                <RolloutTable rollouts={data.rollouts} />
              </div>
            ) : (
              <p className="border-line border-t px-3.5 py-6 text-center text-ink-2">
                No rollout matches this.
              </p>
            )}
            <Pager
              what="rollouts"
              page={page}
              pageRows={PAGE_ROWS}
              matching={data.matching}
              onPage={(next) => void setView({ page: next === 0 ? null : next })}
            />
          </Card>
        </div>
      )}
    </>
  )
}

function sentence(total: number, newest: readonly { state: string }[]): string {
  if (total === 0) return 'None has been made yet.'
  const count = (...states: string[]) => newest.filter(({ state }) => states.includes(state)).length
  const going = count('running', 'stopping', 'aborting')
  const parts = [
    going === 0 ? 'Nothing is running' : `${going} ${going === 1 ? 'is' : 'are'} running`,
    ...said(count('paused'), 'paused'),
    ...said(count('ready'), 'to approve'),
    ...said(count('planning'), 'being planned'),
  ]
  return `${parts.join(', ')}.`
}

const said = (number: number, word: string) => (number === 0 ? [] : [`${number} ${word}`])
