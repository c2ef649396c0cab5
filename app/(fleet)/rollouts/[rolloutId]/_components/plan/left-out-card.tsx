'use client'

import { Download } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/app/_components/button'
import { Card } from '@/app/_components/card'
import { Glyph } from '@/app/_components/state-pill'
import { formatCount, plural } from '@/app/_lib/format'
import { causeWords, isNoFault } from '@/app/_lib/rollout-words'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutPlanView } from '@/server/rollouts/views/plan-schema'
import { LeftOutEntries } from './left-out-entries'
import { useExports } from './use-exports'

type Group = RolloutPlanView['leftOut'][number]

/** What was named and is not in the plan, apart by reason: mendable ones before those that are as they should be. */
export function LeftOutCard({ rollout, plan }: { rollout: RolloutDetail; plan: RolloutPlanView }) {
  const { exportLeftOut, isBusy } = useExports(rollout)
  const entries = plan.leftOut.reduce((sum, each) => sum + each.entries, 0)
  const groups = plan.leftOut.toSorted(
    (a, b) => Number(isNoFault(a.reason)) - Number(isNoFault(b.reason)) || b.entries - a.entries,
  )
  return (
    <Card
      title="Left out"
      meta={`${plural(entries, 'entry', 'entries')}, by reason`}
      aside={
        <Button look="quiet" className="text-xs" disabled={isBusy} onClick={exportLeftOut}>
          <Download size={13} aria-hidden="true" />
          CSV
        </Button>
      }
    >
      <ul className="grid">
        {groups.map((group) => (
          <LeftOutGroup key={`${group.stage} ${group.reason}`} rolloutId={rollout.id} group={group} />
        ))}
      </ul>
    </Card>
  )
}

function LeftOutGroup({ rolloutId, group }: { rolloutId: string; group: Group }) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <li className="border-line border-b px-3.5 last:border-b-0">
      <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary className="flex items-baseline gap-2 rounded-sm py-1.5">
          <Glyph tone={isNoFault(group.reason) ? 'skip' : 'warn'} className="shrink-0" />
          <span className="font-medium">{causeWords(group.reason)}</span>
          <span className="ml-auto text-right text-ink-3 text-xs">
            {formatCount(group.entries)} on {plural(group.hosts, 'host')} ·{' '}
            {group.stage === 'list' ? 'when listed' : 'when planned'}
          </span>
        </summary>
        {isOpen ? <LeftOutEntries rolloutId={rolloutId} reason={group.reason} /> : null}
      </details>
    </li>
  )
}
