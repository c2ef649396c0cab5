'use client'

import Link from 'next/link'
import { Card, CardBody } from '@/app/_components/card'
import { Glyph } from '@/app/_components/state-pill'
import { formatCount, formatCountdown, formatDuration } from '@/app/_lib/format'
import { matrixHref } from '@/app/_lib/matrix-href'
import { budgetWords, inFlightWords, OUTCOME_MARKS, OUTCOMES } from '@/app/_lib/rollout-run-words'
import { waveName } from '@/app/_lib/rollout-words'
import { useServerNow } from '@/app/_lib/use-server-now'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutProgress } from '@/server/rollouts/views/progress-schema'
import { WaveBar } from './wave-bar'

type Wave = RolloutProgress['waves'][number]

/** Every wave as a bar of its outcomes; each count leads to the hosts it counts. */
export function WavesCard({
  rollout,
  progress,
  receivedAtMs,
}: {
  rollout: RolloutDetail
  progress: RolloutProgress
  receivedAtMs: number
}) {
  const { policy } = rollout
  const present = OUTCOMES.filter((outcome) => (progress.hostsByOutcome[outcome] ?? 0) > 0)
  return (
    <Card
      title="Waves"
      meta={
        <>
          <span title={budgetWords(progress) ?? undefined}>{inFlightWords(progress)}</span> · soak{' '}
          {formatDuration(policy.soakSeconds * 1000).replace(' 00 s', '')}
        </>
      }
      aside={
        <ul aria-label="What the bars show" className="flex flex-wrap gap-x-3 text-ink-2 text-xs">
          {present.map((outcome) => (
            <li key={outcome}>
              <Glyph tone={OUTCOME_MARKS[outcome].tone} /> {OUTCOME_MARKS[outcome].word.toLowerCase()}
            </li>
          ))}
        </ul>
      }
    >
      <CardBody className="max-h-[420px] overflow-y-auto">
        <ol className="grid gap-y-2.5">
          {progress.waves.map((wave) => (
            <li
              key={wave.wave}
              aria-current={wave.wave === progress.wave && progress.endedAt === null ? 'step' : undefined}
              className="grid items-center gap-x-3 gap-y-0.5 sm:grid-cols-[72px_minmax(0,1fr)]"
            >
              <span className={wave.wave === progress.wave ? 'font-medium' : 'text-ink-2'}>
                {waveName(wave.wave, policy)}
              </span>
              <WaveBar wave={wave} name={waveName(wave.wave, policy)} />
              <span className="text-ink-3 text-xs sm:col-start-2">
                <WaveCounts wave={wave} />
                <WaveGate wave={wave} progress={progress} receivedAtMs={receivedAtMs} />
              </span>
            </li>
          ))}
        </ol>
      </CardBody>
    </Card>
  )
}

function WaveCounts({ wave }: { wave: Wave }) {
  const counts = OUTCOMES.flatMap((outcome) => {
    const count = wave.hostsByOutcome[outcome] ?? 0
    return count === 0 ? [] : [{ outcome, count }]
  })
  return (
    <>
      {counts.map(({ outcome, count }, index) => (
        <span key={outcome}>
          {index === 0 ? null : ' · '}
          <Link
            href={matrixHref({ outcomes: [outcome], wave: wave.wave })}
            scroll={false}
            className="rounded-sm underline decoration-line-strong underline-offset-2 hover:text-ink hover:decoration-accent"
          >
            {formatCount(count)} {OUTCOME_MARKS[outcome].word.toLowerCase()}
          </Link>
        </span>
      ))}
      {counts.length === 1 ? null : ` · ${formatCount(wave.hosts)} in all`}
    </>
  )
}

/** What stands between this wave and the next. */
function WaveGate({
  wave,
  progress,
  receivedAtMs,
}: {
  wave: Wave
  progress: RolloutProgress
  receivedAtMs: number
}) {
  const now = useServerNow(progress.readAt, receivedAtMs)
  const converted = wave.hostsByOutcome.converted ?? 0
  if (converted > 0 && wave.checked === converted) return <> · looked at again after the soak</>
  if (wave.wave > progress.wave && progress.endedAt === null) return <> · after soak and check</>
  if (wave.wave !== progress.wave) return null
  const gate = progress.holds.find(({ type }) => type === 'soak' || type === 'check')
  if (gate?.type === 'soak')
    return <> · soaks, {formatCountdown(gate.until.getTime() - now.getTime())} left</>
  if (gate?.type === 'check')
    return (
      <>
        {' '}
        · {formatCount(gate.hosts - gate.left)} of {formatCount(gate.hosts)} looked at again
      </>
    )
  return null
}
