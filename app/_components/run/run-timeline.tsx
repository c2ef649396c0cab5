'use client'

import { formatDuration } from '@/app/_lib/format'
import { isEnded, type Tone } from '@/app/_lib/states'
import { STEP_WORDS } from '@/app/_lib/steps'
import { useNow } from '@/app/_lib/use-now'
import type { JobDetail } from '@/server/jobs/schema'
import { Glyph } from '../state-pill'

type Step = JobDetail['steps'][number]
const TONES: Record<Step['state'], Tone> = { running: 'run', done: 'ok', failed: 'fail' }

/** Every step with what it found and how long it took; the one at work counts up. */
export function RunTimeline({ job }: { job: Pick<JobDetail, 'state' | 'steps'> }) {
  const ended = isEnded(job.state)
  const known = new Map(job.steps.map((step) => [step.name, step]))
  const names = STEP_WORDS.map((step) => step.name)
  const extra = job.steps.filter((step) => !names.includes(step.name))
  return (
    <ol aria-label="Steps">
      {STEP_WORDS.map(({ name, word, what }) => (
        <StepLine key={name} word={word} what={what} step={known.get(name)} ended={ended} />
      ))}
      {extra.map((step) => (
        <StepLine key={step.name} word={step.name} what="" step={step} ended={ended} />
      ))}
    </ol>
  )
}

function StepLine({
  word,
  what,
  step,
  ended,
}: {
  word: string
  what: string
  step: Step | undefined
  ended: boolean
}) {
  const isStuckOpen = step?.state === 'running' && ended
  const tone: Tone = step === undefined ? 'wait' : isStuckOpen ? 'lost' : TONES[step.state]
  return (
    <li className="grid grid-cols-[18px_92px_minmax(0,1fr)_auto] items-baseline gap-x-2 border-line border-b py-[5px] last:border-b-0">
      <Glyph tone={tone} />
      <span className={step ? 'font-medium' : 'text-ink-3'}>
        {word}
        <span className="sr-only">
          {step === undefined
            ? ended
              ? ' (did not happen)'
              : ' (pending)'
            : ` (${isStuckOpen ? 'unknown' : step.state})`}
        </span>
      </span>
      <span className="text-ink-3 text-xs break-words">{step?.detail || (ended && !step ? '' : what)}</span>
      <span className="text-right text-ink-3 text-xs whitespace-nowrap">
        {step ? <StepTime step={step} ended={ended} /> : null}
      </span>
    </li>
  )
}

function StepTime({ step, ended }: { step: Step; ended: boolean }) {
  const now = useNow()
  if (step.durationMs !== null) return formatDuration(step.durationMs)
  if (step.state !== 'running' || ended) return '–'
  const ms = now.getTime() - step.startedAt.getTime()
  return ms < 1000 ? '…' : formatDuration(Math.floor(ms / 1000) * 1000)
}
