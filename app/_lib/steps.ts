import type { PlanKind } from '@/server/plans/vocabulary'

interface StepWords {
  name: string
  word: string
  what: string
}

/** The steps of each kind of work in the order they happen, and what each does, for those who watch it. */
const CONVERT_STEPS: readonly StepWords[] = [
  { name: 'contact', word: 'contact', what: 'reach the host and verify its key' },
  { name: 'lock', word: 'lock', what: "take the host's lock" },
  { name: 'preflight', word: 'preflight', what: 'read everything again and compare it with the plan' },
  { name: 'claim', word: 'claim', what: 'tell kmem the device is its own' },
  { name: 'unbind', word: 'unbind', what: 'take the device from device_dax' },
  { name: 'bind', word: 'bind', what: 'give it to kmem: its blocks appear' },
  { name: 'release', word: 'release', what: "take the id off kmem's list" },
  { name: 'online', word: 'online', what: 'bring the blocks online' },
  { name: 'verify', word: 'read back', what: 'read driver, blocks, zones and memory from the kernel' },
]

const RESTORE_STEPS: readonly StepWords[] = [
  { name: 'contact', word: 'contact', what: 'reach the host and verify its key' },
  { name: 'lock', word: 'lock', what: "take the host's lock" },
  { name: 'preflight', word: 'preflight', what: 'read everything again, the capacity floor too' },
  { name: 'release', word: 'release', what: "take the id off kmem's list" },
  {
    name: 'offline',
    word: 'offline',
    what: 'take the blocks offline, the highest first, each in bounded time',
  },
  { name: 'unbind', word: 'unbind', what: 'take the device from kmem, once every block reads offline' },
  { name: 'bind', word: 'bind', what: 'give it to device_dax' },
  { name: 'verify', word: 'read back', what: 'read driver, blocks and memory from the kernel' },
]

export const STEP_WORDS: Readonly<Record<PlanKind, readonly StepWords[]>> = {
  convert: CONVERT_STEPS,
  restore: RESTORE_STEPS,
}

/** `recover`, `recover 2`, …: another process took the run up there. */
const RECOVERY = /^recover( \d+)?$/

export function stepWord(name: string): string {
  if (RECOVERY.test(name)) return name.replace('recover', 'taken up')
  return CONVERT_STEPS.find((step) => step.name === name)?.word ?? name
}

export interface TimelineLine<Step> {
  name: string
  word: string
  /** What the step is for, until it says itself what it found. */
  what: string
  step: Step | undefined
}

/** All steps there are in their order, and what else happened right after the step it came after. */
export function timelineOf<Step extends { name: string }>(
  steps: readonly Step[],
  kind: PlanKind = 'convert',
): TimelineLine<Step>[] {
  const words = STEP_WORDS[kind]
  const planned = new Set(words.map(({ name }) => name))
  const byName = new Map(steps.map((step) => [step.name, step]))
  const after = new Map<string, Step[]>()
  let last = ''
  for (const step of steps) {
    if (planned.has(step.name)) last = step.name
    else after.set(last, [...(after.get(last) ?? []), step])
  }
  const besides = (name: string) =>
    (after.get(name) ?? []).map((step) => ({ name: step.name, word: stepWord(step.name), what: '', step }))
  return [
    ...besides(''),
    ...words.flatMap((line) => [{ ...line, step: byName.get(line.name) }, ...besides(line.name)]),
  ]
}
