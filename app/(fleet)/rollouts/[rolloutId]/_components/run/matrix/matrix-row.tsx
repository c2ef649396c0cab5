'use client'

import { clsx } from 'clsx'
import { memo, useLayoutEffect, useRef } from 'react'
import { Bytes } from '@/app/_components/bytes'
import { StatePill } from '@/app/_components/state-pill'
import { formatDuration } from '@/app/_lib/format'
import { cellsOf, rowMark, type StepCell } from '@/app/_lib/rollout-cells'
import { waveName } from '@/app/_lib/rollout-words'
import type { Tone } from '@/app/_lib/states'
import { useNow } from '@/app/_lib/use-now'
import type { RolloutKind } from '@/server/plans/vocabulary'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutRow } from '@/server/rollouts/views/progress-schema'
import { MATRIX_GRID, STEP_CELL } from './columns'

const GROUNDS: Record<Tone, string> = {
  ok: 'bg-ok-bg text-ok',
  run: 'bg-run-bg text-run',
  wait: 'bg-wait-bg text-wait',
  warn: 'bg-warn-bg text-warn',
  fail: 'bg-fail-bg text-fail',
  skip: 'bg-wait-bg text-ink-3',
  lost: 'bg-lost-bg text-lost',
}

/** Drawn again only when its own device changes; what counts up counts in cells of its own. */
export const MatrixRow = memo(function MatrixRow({
  row,
  index,
  topPx,
  isFirst,
  isOpen,
  kind,
  policy,
  search,
  onOpen,
  onFocus,
}: {
  row: RolloutRow
  index: number
  topPx: number
  /** The first of its host's devices in the list. */
  isFirst: boolean
  isOpen: boolean
  kind: RolloutKind
  policy: RolloutDetail['policy']
  /** The address of the view as it is, to which a host is added. */
  search: string
  onOpen: (hostId: string) => void
  onFocus: (index: number) => void
}) {
  const ref = useRef<HTMLTableRowElement>(null)
  useLayoutEffect(() => {
    if (ref.current) ref.current.style.transform = `translateY(${topPx}px)`
  }, [topPx])
  const mark = rowMark(row)
  const said = row.message === '' ? mark.word : `${mark.word}. ${row.message} ${row.next}`
  return (
    <tr
      ref={ref}
      aria-rowindex={index + 2}
      data-row={index}
      onFocus={() => onFocus(index)}
      className={clsx(
        MATRIX_GRID[kind],
        'absolute inset-x-0 top-0 h-7 border-line border-b outline-focus -outline-offset-2 focus-within:bg-run-bg hover:bg-bg has-[a:focus-visible]:outline-2',
        isOpen && 'bg-run-bg hover:bg-run-bg',
      )}
    >
      <th
        scope="row"
        className="truncate text-left font-normal"
        title={`${row.hostName}${row.wave === null ? '' : ` · ${waveName(row.wave, policy)}`}`}
      >
        <HostLink
          href={`${search}host=${row.hostId}`}
          hostId={row.hostId}
          name={row.hostName}
          dim={!isFirst}
          onOpen={onOpen}
        />
        <span className="ml-1.5 text-ink-3 text-xs sm:hidden">{row.daxName}</span>
      </th>
      <td className="truncate font-mono text-ink-2 text-xs max-sm:hidden">{row.daxName}</td>
      <StepCells row={row} kind={kind} />
      <td className="truncate" title={said}>
        <StatePill {...mark} />
      </td>
      <td className="text-right text-xs max-sm:hidden">
        <Bytes value={row.gainedBytes} signed />
      </td>
      <td className="text-right text-ink-3 text-xs whitespace-nowrap">
        <Took row={row} />
      </td>
    </tr>
  )
})

/** A plain link with its own press: hundreds of them come and go while one scrolls. */
function HostLink({
  href,
  hostId,
  name,
  dim,
  onOpen,
}: {
  href: string
  hostId: string
  name: string
  dim: boolean
  onOpen: (hostId: string) => void
}) {
  return (
    <a
      href={href}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        onOpen(hostId)
      }}
      className={clsx('font-mono text-xs outline-none hover:underline', dim && 'text-ink-3')}
    >
      {name}
    </a>
  )
}

function StepCells({ row, kind }: { row: RolloutRow; kind: RolloutKind }) {
  const isMoving = row.state === 'running'
  return isMoving ? <MovingCells row={row} kind={kind} /> : <Cells cells={cellsOf(row, new Date(0), kind)} />
}

function MovingCells({ row, kind }: { row: RolloutRow; kind: RolloutKind }) {
  return <Cells cells={cellsOf(row, useNow(), kind)} />
}

function Cells({ cells }: { cells: readonly StepCell[] }) {
  return cells.map(({ step, tone, text, word }, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its column
    <td key={at} className={STEP_CELL} title={`${step}: ${word}`}>
      <span
        aria-hidden="true"
        className={clsx(
          'block h-4 truncate rounded-[3px] px-0.5 text-center text-[10px] leading-4',
          tone === null ? 'bg-wait-bg' : GROUNDS[tone],
        )}
      >
        {text}
      </span>
      <span className="sr-only">{word}</span>
    </td>
  ))
}

function Took({ row }: { row: RolloutRow }) {
  if (row.startedAt === null) return '–'
  if (row.endedAt !== null) return formatDuration(row.endedAt.getTime() - row.startedAt.getTime())
  return <Counting since={row.startedAt} />
}

function Counting({ since }: { since: Date }) {
  const now = useNow()
  return formatDuration(Math.max(0, Math.floor((now.getTime() - since.getTime()) / 1000) * 1000))
}
