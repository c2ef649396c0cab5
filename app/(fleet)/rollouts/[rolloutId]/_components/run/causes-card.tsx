'use client'

import { clsx } from 'clsx'
import Link from 'next/link'
import { useState } from 'react'
import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { Glyph } from '@/app/_components/state-pill'
import { formatCount, plural } from '@/app/_lib/format'
import { matrixHref } from '@/app/_lib/matrix-href'
import { controlWords, retryBlocked } from '@/app/_lib/rollout-controls'
import { failureWords, OUTCOME_MARKS, outcomeCount } from '@/app/_lib/rollout-run-words'
import { ITEM_MARKS } from '@/app/_lib/rollout-states'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { FailureCause, RolloutProgress } from '@/server/rollouts/views/progress-schema'
import { type CauseAct, CauseDialog } from './cause-dialog'
import { ControlDialog } from './control-dialog'

/** What did not come out well, gathered: how often, why, what to do, and the buttons for it. */
export function CausesCard({ rollout, progress }: { rollout: RolloutDetail; progress: RolloutProgress }) {
  const [retry, setRetry] = useState(false)
  const [asked, setAsked] = useState<{ act: CauseAct; cause: FailureCause } | null>(null)
  const unknown = outcomeCount(progress, 'unknown')
  const { causes } = progress
  const retryAll = controlWords('retryFailed', progress)
  const hosts = causes.reduce((sum, cause) => sum + cause.hosts, 0)
  return (
    <Card
      title="Failures by cause"
      meta={hosts === 0 ? null : plural(hosts, 'host')}
      aside={
        progress.retryableHosts === 0 ? null : (
          <Button blocked={retryAll.blocked} onClick={() => setRetry(true)}>
            {retryAll.label}
          </Button>
        )
      }
    >
      {causes.length === 0 && unknown === 0 ? (
        <CardBody className="text-ink-3">
          {progress.endedAt === null ? 'Nothing has failed so far.' : 'Nothing failed.'}
        </CardBody>
      ) : null}
      {/* Beside the waves it is as tall as what is in it, up to half a screen: a cause's buttons are not to be looked for. */}
      <ul className="max-h-[max(420px,50vh)] overflow-y-auto">
        {unknown === 0 ? null : (
          <li className="grid gap-1 border-line border-b px-3.5 py-2.5 last:border-b-0">
            <p>
              <Glyph tone="lost" />{' '}
              <Link
                href={matrixHref({ outcomes: ['unknown'] })}
                scroll={false}
                className="font-medium underline decoration-line-strong underline-offset-2 hover:decoration-accent"
              >
                {plural(unknown, 'host')}
              </Link>
              {' · '}
              {OUTCOME_MARKS.unknown.word}
            </p>
            <p className="text-ink-2">Contact was lost after the host was told to go on.</p>
            <p className="text-ink-3 text-xs">
              Daxfleet keeps asking; the host counts as in flight until it is known.
            </p>
          </li>
        )}
        {causes.map((cause) => (
          <Cause
            key={cause.cause}
            cause={cause}
            progress={progress}
            onAsk={(act) => setAsked({ act, cause })}
          />
        ))}
      </ul>
      {retry ? (
        <ControlDialog
          rollout={rollout}
          progress={progress}
          control="retryFailed"
          onClose={() => setRetry(false)}
        />
      ) : null}
      {asked === null ? null : <CauseDialog rollout={rollout} {...asked} onClose={() => setAsked(null)} />}
    </Card>
  )
}

function Cause({
  cause,
  progress,
  onAsk,
}: {
  cause: FailureCause
  progress: RolloutProgress
  onAsk: (act: CauseAct) => void
}) {
  const { retryableHosts } = cause
  const title = failureWords(cause.cause)
  const mark = ITEM_MARKS[cause.state]
  return (
    <li className="grid gap-1 border-line border-b px-3.5 py-2.5 last:border-b-0">
      <p className="flex flex-wrap items-baseline gap-x-1.5">
        <Glyph tone={mark.tone} />
        <Link
          href={matrixHref({ cause: cause.cause })}
          scroll={false}
          aria-label={`${plural(cause.hosts, 'host')}: ${title}. Show them.`}
          className="font-medium underline decoration-line-strong underline-offset-2 hover:decoration-accent"
        >
          {plural(cause.hosts, 'host')}
        </Link>
        <span className="min-w-0 break-words">{title}</span>
        <span className="text-ink-3 text-xs">{mark.word.toLowerCase()}</span>
      </p>
      {cause.message === '' ? null : <p className="text-ink-2 break-words">{cause.message}</p>}
      {cause.next === '' ? null : (
        <p className="text-ink-2 break-words">
          <span className="font-medium text-ink">Next: </span>
          {cause.next}
        </p>
      )}
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1 pt-0.5 text-ink-3 text-xs">
        {retryWords(cause, progress)}
        {retryableHosts === 0 ? null : (
          <Button
            className="ml-auto"
            blocked={retryBlocked(progress.state, retryableHosts)}
            onClick={() => onAsk('retryFailed')}
          >
            {retryableHosts === 1 ? 'Retry this host…' : `Retry these ${formatCount(retryableHosts)}…`}
          </Button>
        )}
        <Button className={clsx(retryableHosts === 0 && 'ml-auto')} onClick={() => onAsk('skip')}>
          {cause.hosts === 1 ? 'Skip this host…' : `Skip these ${formatCount(cause.hosts)}…`}
        </Button>
      </p>
    </li>
  )
}

function retryWords({ retryableHosts, hosts }: FailureCause, { state }: RolloutProgress): string {
  if (retryableHosts === 0) return 'Needs a new plan: cannot be tried again under this approval.'
  const which =
    retryableHosts === hosts ? (hosts === 1 ? 'Can' : 'All can') : `${formatCount(retryableHosts)} can`
  const when = state === 'running' ? ' once it is paused or has stopped' : ''
  return `${which} be tried again${when}.`
}
