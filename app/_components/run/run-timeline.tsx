'use client'

import { formatDuration } from '@/app/_lib/format'
import { CUT_SHORT, cutShort, notBegun, runMark } from '@/app/_lib/run-words'
import { isEnded, type Mark, STUCK } from '@/app/_lib/states'
import { timelineOf } from '@/app/_lib/steps'
import { useNow } from '@/app/_lib/use-now'
import type { JobDetail } from '@/server/jobs/schema'
import { Glyph } from '../state-pill'

type Step = JobDetail['steps'][number]
type Told = Pick<JobDetail, 'kind' | 'state' | 'attendance' | 'stuck'>
const MARKS: Record<Step['state'], Mark> = {
  running: { tone: 'run', word: 'running' },
  done: { tone: 'ok', word: 'done' },
  failed: { tone: 'fail', word: 'failed' },
  cut_short: CUT_SHORT,
}

/** Every step with what it found and how long it took; the one at work counts up while somebody watches it. */
export function RunTimeline({ job }: { job: Told & Pick<JobDetail, 'steps'> }) {
  return (
    <ol aria-label="Steps">
      {timelineOf(job.steps, job.kind).map(({ name, word, what, step }) => (
        <StepLine key={name} word={word} what={what} step={step} job={job} />
      ))}
    </ol>
  )
}

function StepLine({
  word,
  what,
  step,
  job,
}: {
  word: string
  what: string
  step: Step | undefined
  job: Told
}) {
  const mark = markOf(step, job)
  // What a step is for is of use as long as it may still come.
  const isOver = step === undefined ? mark.tone !== 'wait' : step.state === 'running' && isEnded(job.state)
  const note = isOver ? mark.word : what
  return (
    <li className="grid grid-cols-[18px_92px_minmax(0,1fr)_auto] items-baseline gap-x-2 border-line border-b py-[5px] last:border-b-0">
      <Glyph tone={mark.tone} />
      <span className={step ? 'font-medium' : 'text-ink-3'}>
        {word}
        {note === mark.word ? null : <span className="sr-only"> ({mark.word})</span>}
      </span>
      <span className="text-ink-3 text-xs break-words whitespace-pre-line">{step?.detail || note}</span>
      <span className="text-right text-ink-3 text-xs whitespace-nowrap">
        {step ? <StepTime step={step} counts={mark.tone === 'run' || job.stuck !== null} /> : null}
      </span>
    </li>
  )
}

function markOf(step: Step | undefined, job: Told): Mark {
  if (step === undefined) return notBegun(job.state)
  if (step.state !== 'running') return MARKS[step.state]
  if (isEnded(job.state)) return cutShort(job.state)
  if (job.stuck !== null) return { tone: STUCK.tone, word: 'stuck in the kernel' }
  return runMark(job).tone === 'run' ? MARKS.running : { tone: 'lost', word: 'not being watched' }
}

function StepTime({ step, counts }: { step: Step; counts: boolean }) {
  const now = useNow()
  if (step.durationMs !== null) return formatDuration(step.durationMs)
  if (!counts) return '–'
  const ms = now.getTime() - step.startedAt.getTime()
  return ms < 1000 ? '…' : formatDuration(Math.floor(ms / 1000) * 1000)
}
