'use client'

import Link from 'next/link'
import { Bytes } from '@/app/_components/bytes'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { QueryFault } from '@/app/_components/query-fault'
import { formatCount, plural } from '@/app/_lib/format'
import { scopeWords } from '@/app/_lib/rollout-words'
import type { Outputs } from '@/app/_lib/trpc'
import type { RolloutKind } from '@/server/plans/vocabulary'
import { ExclusionGroup } from './exclusion-group'
import type { usePreview } from './use-preview'

const COULD: Readonly<Record<RolloutKind, string>> = {
  convert: 'could become RAM',
  restore: 'of RAM could be given back',
  online: 'could come online',
  offline: 'of RAM could be given back, on kmem',
}

type Resolved = Extract<Outputs['rollouts']['preview'], { type: 'resolved' }>

/** What would be converted or given back, and what of what is named would not, apart by reason. */
export function TargetPreview({
  text,
  kind,
  preview,
}: {
  text: string
  kind: RolloutKind
  preview: ReturnType<typeof usePreview>
}) {
  const { answer, error, isWaiting, retry } = preview
  return (
    <Card
      title="What matches now"
      meta={answer?.type === 'resolved' ? scopeWords(answer.devices, answer.hosts) : null}
      aside={isWaiting ? <span className="text-ink-3 text-xs">looking…</span> : null}
    >
      {error && answer === undefined ? (
        <CardBody>
          <QueryFault error={error} onRetry={retry} />
        </CardBody>
      ) : answer?.type === 'resolved' ? (
        <Matches answer={answer} kind={kind} />
      ) : (
        <CardBody className="text-ink-2">
          {text.trim() === ''
            ? 'Nothing yet. Name hosts, labels, kinds or sizes, and what they come to is shown here as you type.'
            : answer?.type === 'fault'
              ? 'The selector cannot be read yet.'
              : 'Looking…'}
        </CardBody>
      )}
    </Card>
  )
}

function Matches({ answer, kind }: { answer: Resolved; kind: RolloutKind }) {
  return (
    <div className="grid">
      <div className="grid gap-2.5 px-3.5 py-3">
        {answer.refusal ? (
          <FaultNote tone="warn" message={answer.refusal.message} next={answer.refusal.next} />
        ) : (
          <p className="text-lead text-ink-2">
            <b className="font-semibold text-ink">
              <Bytes value={answer.usableBytes} />
            </b>{' '}
            {COULD[kind]}:{' '}
            {answer.kinds.map(({ kind, devices }) => `${plural(devices, `${kind} device`)}`).join(', ')}
            <span className="text-ink-3 text-xs"> · as last read; the plan asks each host itself</span>
          </p>
        )}
        {answer.targets.length > 0 ? <TargetList answer={answer} /> : null}
      </div>
      {answer.excluded > 0 ? (
        <section aria-label="Left out" className="border-line border-t px-3.5 py-3">
          <h3 className="pb-1.5 font-medium">
            Left out{' '}
            <span className="font-normal text-ink-3 text-xs">
              {plural(answer.excluded, 'entry', 'entries')}, each with its reason
            </span>
          </h3>
          <div className="grid gap-1">
            {answer.exclusions.map((group) => (
              <ExclusionGroup key={group.reason} group={group} />
            ))}
          </div>
        </section>
      ) : null}
    </div>
  )
}

function TargetList({ answer }: { answer: Resolved }) {
  return (
    <section
      aria-label="Hosts that match"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      className="max-h-44 overflow-y-auto rounded-md border border-line"
    >
      <ul>
        {answer.targets.map(({ hostId, hostName, devices }) => (
          <li key={hostId} className="flex gap-3 border-line border-b px-2.5 py-1 text-xs last:border-b-0">
            <Link href={`/hosts/${hostId}`} prefetch={false} className="rounded-sm font-mono hover:underline">
              {hostName}
            </Link>
            <span className="ml-auto text-right font-mono text-ink-3">
              {devices.map(({ daxName }) => daxName).join(' ')}
            </span>
          </li>
        ))}
        {answer.hosts > answer.targets.length ? (
          <li className="px-2.5 py-1 text-ink-3 text-xs">
            and {formatCount(answer.hosts - answer.targets.length)} more hosts
          </li>
        ) : null}
      </ul>
    </section>
  )
}
