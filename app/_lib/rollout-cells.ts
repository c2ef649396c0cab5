import { STEPS, type Step } from '@/agents/protocol'
import type { RolloutKind } from '@/server/plans/vocabulary'
import type { RolloutRow } from '@/server/rollouts/views/progress-schema'
import { formatSpan } from './format'
import { failureWords } from './rollout-run-words'
import { ITEM_MARKS } from './rollout-states'
import { GLYPHS, type Mark, type Tone } from './states'
import { stepWord } from './steps'

/** One cell of the matrix: what a step came to. `text` stands in it, `word` is read out. */
export interface StepCell {
  step: string
  tone: Tone | null
  text: string
  word: string
}

type Row = Pick<
  RolloutRow,
  'state' | 'cause' | 'steps' | 'jobState' | 'stuck' | 'unknownSince' | 'stepSince' | 'retryAt'
>

const GOOD: ReadonlySet<Row['state']> = new Set(['converted', 'restored', 'already'])
const BAD: ReadonlySet<Row['state']> = new Set([
  'partial',
  'refused',
  'failed',
  'stranded',
  'cancelled',
  'lost',
  'void',
])

type Columns = readonly { name: Step; hook?: Step }[]

const CONVERT_COLUMNS: Columns = [
  { name: 'contact' },
  { name: 'lock' },
  { name: 'preflight', hook: 'pre-convert' },
  { name: 'claim' },
  { name: 'unbind' },
  { name: 'bind' },
  { name: 'release' },
  { name: 'online', hook: 'post-convert' },
  { name: 'verify' },
]
const RESTORE_COLUMNS: Columns = [
  { name: 'contact' },
  { name: 'lock' },
  { name: 'preflight', hook: 'pre-restore' },
  { name: 'release' },
  { name: 'offline' },
  { name: 'unbind' },
  { name: 'bind', hook: 'post-restore' },
  { name: 'verify' },
]
const START_COLUMNS: Columns = [{ name: 'contact' }, { name: 'lock' }, { name: 'preflight' }]
/** The columns; a hook, which most hosts have not, is told in the column of the step it follows. */
export const MATRIX_STEPS: Readonly<Record<RolloutKind, Columns>> = {
  convert: CONVERT_COLUMNS,
  restore: RESTORE_COLUMNS,
  online: [...START_COLUMNS, { name: 'online' }, { name: 'verify' }],
  offline: [...START_COLUMNS, { name: 'offline' }, { name: 'verify' }],
}

/** A device's steps as cells, in the order of the columns. */
export function cellsOf(row: Row, now: Date, kind: RolloutKind = 'convert'): StepCell[] {
  const letterOf = (step: Step) => row.steps[STEPS.indexOf(step)] ?? '-'
  const cells = MATRIX_STEPS[kind].map(({ name, hook }) => {
    const isAtHook = hook !== undefined && letterOf(hook) !== '-' && letterOf(hook) !== 'd'
    return cellOf(stepWord(isAtHook ? hook : name), letterOf(isAtHook ? hook : name), row, now)
  })
  if (!BAD.has(row.state) || cells.some(({ tone }) => tone !== null && tone !== 'ok')) return cells
  // It ended badly and no step says so: it did where the next one would have begun, or in what was read back.
  const at = Math.min(cells.findLastIndex(({ tone }) => tone === 'ok') + 1, cells.length - 1)
  const { tone, word } = ITEM_MARKS[row.state]
  return cells.with(at, { step: cells[at]?.step ?? '', tone, text: shortCause(row), word })
}

function cellOf(step: string, letter: string, row: Row, now: Date): StepCell {
  switch (letter) {
    case 'd':
      return { step, tone: 'ok', text: GLYPHS.ok, word: 'done' }
    case 'f':
      return { step, tone: failTone(row), text: shortCause(row), word: `failed: ${shortCause(row)}` }
    case 'c':
      return { step, tone: 'lost', text: 'cut short', word: 'cut short' }
    case 'r':
      return { step, ...running(row, now) }
    default:
      return { step, tone: null, text: '', word: GOOD.has(row.state) ? 'not needed' : 'not begun' }
  }
}

function running({ jobState, stuck, unknownSince, stepSince }: Row, now: Date): Omit<StepCell, 'step'> {
  if (stuck) return { tone: 'warn', text: 'stuck', word: 'stuck in the kernel' }
  if (jobState === 'unknown' || jobState === 'lost') {
    const text = unknownSince === null ? 'unknown' : formatSpan(unknownSince, now)
    return { tone: 'lost', text, word: 'no contact' }
  }
  const ms = stepSince === null ? 0 : now.getTime() - stepSince.getTime()
  return {
    tone: 'run',
    text: ms < 2000 || stepSince === null ? GLYPHS.run : formatSpan(stepSince, now),
    word: 'running',
  }
}

/** Refused counts as failed here: the limits count it. */
function failTone({ state }: Row): Tone {
  return state === 'refused' || state === 'running' || state === 'pending' ? 'fail' : ITEM_MARKS[state].tone
}

function shortCause({ cause, state }: Pick<Row, 'cause' | 'state'>): string {
  return cause === null ? ITEM_MARKS[state].word : failureWords(cause)
}

/** How a device stands, in a word; what is waited for, and what nobody can tell, is called so. */
export function rowMark(
  row: Pick<RolloutRow, 'state' | 'outcome' | 'jobState' | 'stuck' | 'retryAt' | 'hostState'>,
): Mark {
  if (row.state === 'running') {
    if (row.stuck) return { tone: 'warn', word: 'Stuck in the kernel' }
    if (row.jobState === 'unknown') return { tone: 'lost', word: 'Outcome unknown' }
    if (row.jobState === 'queued') return { tone: 'wait', word: 'Queued' }
  }
  if (row.state === 'pending' && row.retryAt !== null) return { tone: 'wait', word: 'Waits for a retry' }
  if (GOOD.has(row.state) && row.outcome === 'failed') return { tone: 'fail', word: 'Host failed' }
  return ITEM_MARKS[row.state]
}
