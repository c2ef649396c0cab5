import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take minutes, the longest first: one of them begun last would run alone for as long. */
const LONGEST = [
  'full-guest',
  'scenarios',
  'hooks',
  'agent-dies',
  'schedules-odd',
  'schedules-even',
  'lab-full',
  'rollout-run',
  'rollout-plan',
  'rollout',
  'survival',
  'recovery',
  'conversion',
  'refusals',
  'lab',
]

const rank = ({ moduleId }: TestSpecification): number => {
  const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
  return at < 0 ? LONGEST.length : at
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => rank(a) - rank(b))
  }
}
