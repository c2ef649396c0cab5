'use client'

import { useState } from 'react'
import { download, toCsv } from '@/app/_lib/csv'
import { notify } from '@/app/_lib/notify'
import { readPages } from '@/app/_lib/read-pages'
import { ITEM_MARKS } from '@/app/_lib/rollout-states'
import { causeWords, waveName } from '@/app/_lib/rollout-words'
import { describeFault, useTRPCClient } from '@/app/_lib/trpc'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { PlanItemsInput } from '@/server/rollouts/views/plan-schema'

const ITEM_HEADER = [
  'wave',
  'host',
  'device',
  'kind',
  'identity',
  'state',
  'size_bytes',
  'gain_bytes',
  'lost_bytes',
  'page_structures_bytes',
  'page_structures_from',
  'blocks',
  'node',
  'reversible',
  'hazards',
  'message',
  'next',
]
const LEFT_OUT_HEADER = ['host', 'device', 'reason', 'found', 'message', 'next']

/** Lists as files: everything that matches, all pages, bytes exact. */
export function useExports(rollout: RolloutDetail) {
  const client = useTRPCClient()
  const [isBusy, setIsBusy] = useState(false)
  const { id: rolloutId, policy } = rollout
  const guarded = (work: () => Promise<void>) => async () => {
    if (isBusy) return
    setIsBusy(true)
    try {
      await work()
    } catch (error) {
      notify({ tone: 'fail', ...describeFault(error) })
    } finally {
      setIsBusy(false)
    }
  }
  const exportItems = (filter: Partial<Omit<PlanItemsInput, 'rolloutId' | 'limit' | 'offset'>>) =>
    guarded(async () => {
      const items = await readPages(async (limit, offset) => {
        const answer = await client.rollouts.planItems.query({ rolloutId, ...filter, limit, offset })
        return { rows: answer.items, matching: answer.matching }
      })
      const rows = items.map((item) => [
        item.wave === null ? '' : waveName(item.wave, policy),
        item.hostName,
        item.daxName,
        item.kind,
        item.identity,
        ITEM_MARKS[item.state].word,
        item.sizeBytes.toString(),
        item.gainBytes?.toString() ?? '',
        item.lostBytes?.toString() ?? '',
        item.memmapBytes?.toString() ?? '',
        item.memmapFrom ?? '',
        item.blockCount?.toString() ?? '',
        item.targetNode?.toString() ?? '',
        item.reversible === null ? '' : item.reversible.yes ? 'yes' : 'no',
        item.hazards.map(({ message }) => message).join(' '),
        item.message,
        item.next,
      ])
      download('daxfleet-rollout-plan.csv', toCsv(ITEM_HEADER, rows))
    })()
  const exportLeftOut = guarded(async () => {
    const entries = await readPages(async (limit, offset) => {
      const answer = await client.rollouts.leftOut.query({ rolloutId, limit, offset })
      return { rows: answer.entries, matching: answer.matching }
    })
    const rows = entries.map((each) => [
      each.hostName,
      each.daxName ?? '',
      causeWords(each.reason),
      each.stage === 'list' ? 'when listed' : 'when planned',
      each.message,
      each.next,
    ])
    download('daxfleet-rollout-left-out.csv', toCsv(LEFT_OUT_HEADER, rows))
  })
  return {
    isBusy,
    exportItems: (filter: Parameters<typeof exportItems>[0]) => void exportItems(filter),
    exportLeftOut: () => void exportLeftOut(),
  }
}
