import Link from 'next/link'
import { Glyph } from '@/app/_components/state-pill'
import { formatCount, plural } from '@/app/_lib/format'
import { causeWords, isNoFault } from '@/app/_lib/rollout-words'
import type { Outputs } from '@/app/_lib/trpc'

type Resolved = Extract<Outputs['rollouts']['preview'], { type: 'resolved' }>

/** One reason, how many it concerns, and the first of them with the next action. */
export function ExclusionGroup({ group }: { group: Resolved['exclusions'][number] }) {
  const more = group.entries - group.examples.length
  return (
    <details>
      <summary className="flex items-baseline gap-2 rounded-sm py-0.5">
        <Glyph tone={isNoFault(group.reason) ? 'skip' : 'warn'} className="shrink-0" />
        <span className="font-medium">{causeWords(group.reason)}</span>
        <span className="text-ink-3 text-xs">
          {formatCount(group.entries)} on {plural(group.hosts, 'host')}
        </span>
      </summary>
      <ul className="grid gap-1 py-1 pl-5 text-xs">
        {group.examples.map((each) => (
          <li key={`${each.hostId} ${each.deviceId}`} className="text-ink-2">
            <Link
              href={`/hosts/${each.hostId}`}
              prefetch={false}
              className="rounded-sm font-mono text-ink hover:underline"
            >
              {each.hostName}
              {each.daxName === null ? '' : ` ${each.daxName}`}
            </Link>{' '}
            {each.message} <span className="text-ink-3">{each.next}</span>
          </li>
        ))}
        {more > 0 ? <li className="text-ink-3">and {formatCount(more)} more</li> : null}
      </ul>
    </details>
  )
}
