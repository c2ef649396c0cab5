import { Ago } from '@/app/_components/ago'
import { Bytes } from '@/app/_components/bytes'
import { Card, CardBody } from '@/app/_components/card'
import { KIND_WORDS, ON_PARTIAL_WORDS } from '@/app/_lib/kind-words'
import { policySentences } from '@/app/_lib/policy-words'
import type { RolloutDetail } from '@/server/rollouts/schema'

const ZONES = { movable: 'Movable', kernel: 'Normal', policy: 'the host’s own policy' } as const

/** What was asked for: targets as they were typed, zone, and the policy in words. */
export function RolloutTerms({ rollout }: { rollout: RolloutDetail }) {
  return (
    <Card
      title="As it was asked for"
      aside={
        <span className="text-ink-3 text-xs">
          {rollout.createdBy}, <Ago at={rollout.createdAt} />
        </span>
      }
    >
      <CardBody className="grid gap-2.5">
        <dl className="grid grid-cols-[64px_minmax(0,1fr)] gap-x-3 gap-y-1">
          <dt className="text-ink-3">Targets</dt>
          <dd className="max-h-24 overflow-y-auto font-mono text-xs leading-5 [overflow-wrap:anywhere]">
            {rollout.selector}
          </dd>
          <dt className="text-ink-3">Does</dt>
          <dd>{KIND_WORDS[rollout.kind].does}</dd>
          {rollout.share === null ? null : (
            <>
              <dt className="text-ink-3">Share</dt>
              <dd>
                <Bytes value={rollout.share.bytes} /> of each {rollout.share.per}
              </dd>
            </>
          )}
          {rollout.zone === null ? null : (
            <>
              <dt className="text-ink-3">Zone</dt>
              <dd>{ZONES[rollout.zone]}</dd>
            </>
          )}
          {rollout.onPartial === null ? null : (
            <>
              <dt className="text-ink-3">If stuck</dt>
              <dd>{ON_PARTIAL_WORDS[rollout.onPartial].title}</dd>
            </>
          )}
        </dl>
        <ul className="grid gap-1 border-line border-t pt-2.5 text-ink-2">
          {policySentences(rollout.policy).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </CardBody>
    </Card>
  )
}
