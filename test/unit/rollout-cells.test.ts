import { describe, expect, it } from 'vitest'
import { STEPS } from '@/agents/protocol'
import { cellsOf, MATRIX_STEPS } from '@/app/_lib/rollout-cells'
import { STEP_WORDS } from '@/app/_lib/steps'
import { MATRIX_GRID } from '@/app/(fleet)/rollouts/[rolloutId]/_components/run/matrix/columns'
import type { RolloutKind } from '@/server/plans/vocabulary'

type Row = Parameters<typeof cellsOf>[0]
const now = new Date('2026-11-23T12:00:00Z')
/** Steps by name, as letters. */
const letters = (told: Record<string, string>) => STEPS.map((step) => told[step] ?? '-').join('')
const row = (given: Partial<Row> = {}): Row => ({
  state: 'running',
  cause: null,
  steps: '',
  jobState: 'acting',
  stuck: false,
  unknownSince: null,
  stepSince: null,
  retryAt: null,
  ...given,
})
const cell = (given: Partial<Row>, step: string) =>
  cellsOf(row(given), now)[MATRIX_STEPS.convert.findIndex(({ name }) => name === step)]

describe('the cells of a device in the matrix', () => {
  it('stand for the steps that pages know, in their order', () => {
    for (const kind of ['convert', 'restore'] as const) {
      const known = STEP_WORDS[kind].map(({ name }) => name)
      const names = MATRIX_STEPS[kind].map(({ name }) => name as string)
      expect(known.filter((name) => names.includes(name))).toEqual(names)
    }
  })

  it('count up at the step that runs', () => {
    const steps = letters({ contact: 'd', lock: 'd', preflight: 'r' })
    expect(cell({ steps }, 'lock')).toMatchObject({ tone: 'ok', word: 'done' })
    expect(cell({ steps, stepSince: new Date('2026-11-23T11:59:30Z') }, 'preflight')).toMatchObject({
      tone: 'run',
      text: '30 s',
    })
    expect(cell({ steps }, 'bind')).toMatchObject({ tone: null, text: '' })
  })

  it('name the error of the step that failed', () => {
    const steps = letters({ contact: 'd', online: 'f' })
    expect(cell({ state: 'failed', cause: 'EINVAL', steps }, 'online')).toMatchObject({
      tone: 'fail',
      text: 'EINVAL',
    })
  })

  it('put an end no step tells of where the next would have begun', () => {
    const steps = letters({ contact: 'd', lock: 'd' })
    expect(cell({ state: 'void', cause: 'rebooted', steps }, 'preflight')).toMatchObject({ tone: 'warn' })
  })

  it('tell lost contact and a write stuck in the kernel apart from work', () => {
    const steps = letters({ bind: 'r' })
    const unknownSince = new Date('2026-11-23T11:57:00Z')
    expect(cell({ steps, jobState: 'unknown', unknownSince }, 'bind')).toMatchObject({
      tone: 'lost',
      text: '3 min',
    })
    expect(cell({ steps, stuck: true }, 'bind')).toMatchObject({ tone: 'warn', text: 'stuck' })
  })

  it('tell of a hook in the column of the step it follows', () => {
    const steps = letters({ preflight: 'd', 'pre-convert': 'f' })
    expect(cell({ state: 'refused', cause: 'hook_failed', steps }, 'preflight')).toMatchObject({
      tone: 'fail',
    })
  })
})

describe('the grid of a rollout', () => {
  it.each(Object.keys(MATRIX_GRID) as RolloutKind[])('has a column for every step of %s', (kind) => {
    expect(MATRIX_GRID[kind]).toContain(`repeat(${MATRIX_STEPS[kind].length},`)
  })
})
