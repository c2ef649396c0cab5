'use client'

import { Download } from 'lucide-react'
import { useCallback, useState } from 'react'
import { Button } from '@/app/_components/button'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { formatCount, plural } from '@/app/_lib/format'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPCClient } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutProgress } from '@/server/rollouts/views/progress-schema'
import { exportRollout } from './export-rollout'
import { MatrixFilter } from './matrix-filter'
import { MatrixTable } from './matrix-table'
import type { MatrixView, SetMatrixView } from './use-matrix-view'
import { useRowWindow } from './use-row-window'

/** Every host and device of the rollout against the steps of a conversion. */
export function MatrixCard({
  rollout,
  progress,
  view,
  setView,
}: {
  rollout: RolloutDetail
  progress: RolloutProgress
  view: MatrixView
  setView: SetMatrixView
}) {
  const client = useTRPCClient()
  const [isExporting, setExporting] = useState(false)
  const text = useDebounced(view.q, 180)
  const filter = {
    rolloutId: rollout.id,
    text,
    outcomes: view.state,
    wave: view.wave === null || view.wave < 1 ? null : view.wave - 1,
    cause: view.cause,
  }
  const list = useRowWindow(filter, progress.state)
  const exportAll = async () => {
    setExporting(true)
    try {
      await exportRollout(client, rollout)
    } catch (error) {
      notify({ tone: 'fail', ...describeFault(error) })
    } finally {
      setExporting(false)
    }
  }
  const open = useCallback((host: string) => void setView({ host }), [setView])
  const clear = () => void setView({ q: null, state: null, wave: null, cause: null })
  return (
    <section
      id="matrix"
      aria-labelledby="matrix-title"
      className="min-w-0 scroll-mt-24 rounded-lg border border-line bg-surface shadow-card"
    >
      <div className="grid gap-2 border-line border-b px-3.5 py-2.5">
        <div className="flex flex-wrap items-baseline gap-x-2.5 gap-y-1">
          <h2 id="matrix-title" className="font-semibold">
            Hosts by step
          </h2>
          <span role="status" className="text-ink-3 text-xs">
            {list.isRead
              ? `${formatCount(list.matchingHosts)} of ${plural(progress.hosts, 'host')}, ${plural(list.matching, 'device')}`
              : ''}
          </span>
          <Button
            look="quiet"
            className="ml-auto"
            disabled={isExporting}
            onClick={() => void exportAll()}
            title="Every device and everything left out, all columns"
          >
            <Download size={13} aria-hidden="true" />
            {isExporting ? 'Reading…' : 'CSV'}
          </Button>
        </div>
        <MatrixFilter rollout={rollout} progress={progress} view={view} setView={setView} onClear={clear} />
      </div>
      {list.error !== null && !list.isRead ? (
        <QueryFault error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isRead ? (
        <MatrixTable list={list} openHost={view.host} onOpen={open} onClear={clear} rollout={rollout} />
      ) : (
        <Skeleton className="m-3.5 h-64" />
      )}
    </section>
  )
}
