'use client'

import { Card, CardBody } from '@/app/_components/card'
import { CommandLine } from '@/app/_components/command-line'
import { FaultNote } from '@/app/_components/fault-note'
import { formatCount } from '@/app/_lib/format'
import { sumCounts } from '@/app/_lib/rollout-words'
import { useNow } from '@/app/_lib/use-now'
import type { RolloutDetail } from '@/server/rollouts/schema'

/** Longer than a first answer takes, upload of the agent included. */
const SLOW_MS = 60_000

/** How far the hosts are with their answers. */
export function Planning({ rollout }: { rollout: RolloutDetail }) {
  const now = useNow()
  const all = sumCounts(rollout.devicesByState)
  const waiting = sumCounts(rollout.devicesByState, 'planning')
  const planned = sumCounts(rollout.devicesByState, 'planned')
  const excluded = sumCounts(rollout.devicesByState, 'excluded')
  if (waiting === all && now.getTime() - rollout.createdAt.getTime() > SLOW_MS) {
    return (
      <FaultNote
        tone="wait"
        message="No host has answered yet. Nothing is written."
        next="Wait: hosts that cannot be reached are given up by themselves. If nothing comes, no worker is running; start Daxfleet on its server:"
      >
        <div className="w-full max-w-[340px]">
          <CommandLine label="the command that starts Daxfleet" text="npm start" />
        </div>
      </FaultNote>
    )
  }
  return (
    <Card title="Asking every host what it would take" meta="nothing is written">
      <CardBody className="grid gap-2">
        <div className="flex h-2 overflow-hidden rounded-sm bg-wait-bg">
          <Share part={planned} all={all} className="bg-ok" />
          <Share part={excluded} all={all} className="bg-line-strong" />
        </div>
        <p role="status" className="text-ink-2">
          {formatCount(planned)} planned, {formatCount(excluded)} left out, {formatCount(waiting)} still to
          answer. You may leave this page: planning goes on, and is approved by nobody but a person.
        </p>
      </CardBody>
    </Card>
  )
}

/** Width is set on the mounted element: a style attribute in the page's HTML would be refused by its policy. */
function Share({ part, all, className }: { part: number; all: number; className: string }) {
  return (
    <span
      className={className}
      ref={(element) => {
        if (element) element.style.width = `${all === 0 ? 0 : (part * 100) / all}%`
      }}
    />
  )
}
