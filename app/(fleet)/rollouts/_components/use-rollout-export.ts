'use client'

import { useState } from 'react'
import { download, toCsv } from '@/app/_lib/csv'
import { notify } from '@/app/_lib/notify'
import { readPages } from '@/app/_lib/read-pages'
import { ROLLOUT_MARKS } from '@/app/_lib/rollout-states'
import { describeFault, type Outputs, useTRPCClient } from '@/app/_lib/trpc'
import { hostRunStates, itemStates, type RolloutState } from '@/server/rollouts/vocabulary'

const HEADER = [
  'name',
  'state',
  'reason',
  'selector',
  'kind',
  'zone',
  'share_bytes',
  'share_per',
  'made_by',
  'made_at',
  'approved_by',
  'approved_at',
  'ended_at',
  ...hostRunStates.map((state) => `hosts_${state}`),
  ...itemStates.map((state) => `devices_${state}`),
]
/** Rows the server hands out at a time. */
const MOST = 500

/** Every rollout that matches as a file, all pages. */
export function useRolloutExport(filter: { search: string; states: RolloutState[] }) {
  const client = useTRPCClient()
  const [isBusy, setIsBusy] = useState(false)
  const run = async () => {
    if (isBusy) return
    setIsBusy(true)
    try {
      const rollouts = await readPages(async (_limit, offset) => {
        const answer = await client.rollouts.list.query({ ...filter, limit: MOST, offset })
        return { rows: answer.rollouts, matching: answer.matching }
      })
      download('daxfleet-rollouts.csv', toCsv(HEADER, rollouts.map(rowOf)))
    } catch (error) {
      notify({ tone: 'fail', ...describeFault(error) })
    } finally {
      setIsBusy(false)
    }
  }
  return { isBusy, exportAll: () => void run() }
}

function rowOf(rollout: Outputs['rollouts']['list']['rollouts'][number]): string[] {
  return [
    rollout.name,
    ROLLOUT_MARKS[rollout.state].word,
    rollout.reasonText,
    rollout.selector,
    rollout.kind,
    rollout.zone ?? '',
    rollout.share === null ? '' : String(rollout.share.bytes),
    rollout.share?.per ?? '',
    rollout.createdBy,
    rollout.createdAt.toISOString(),
    rollout.approvedBy ?? '',
    rollout.approvedAt?.toISOString() ?? '',
    rollout.endedAt?.toISOString() ?? '',
    ...hostRunStates.map((state) => String(rollout.hostsByState[state] ?? 0)),
    ...itemStates.map((state) => String(rollout.devicesByState[state] ?? 0)),
  ]
}
