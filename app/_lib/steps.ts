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

/** A share leaves the driver as it is. */
const OF_DRIVERS: ReadonlySet<string> = new Set(['claim', 'unbind', 'bind', 'release'])
const VERIFY = { name: 'verify', word: 'read back', what: 'read every file back' }

const PERSIST_STEPS: readonly StepWords[] = [
  ...CONVERT_STEPS.slice(0, 3),
  { name: 'install', word: 'unit', what: 'put program and unit in place' },
  { name: 'persist', word: 'device', what: 'put the file of the device in place' },
  VERIFY,
]

const UNPERSIST_STEPS: readonly StepWords[] = [
  ...CONVERT_STEPS.slice(0, 3),
  { name: 'unpersist', word: 'device', what: 'take the file of the device away' },
  { name: 'uninstall', word: 'unit', what: 'take unit and program away with the last device' },
  VERIFY,
]

export const STEP_WORDS: Readonly<Record<PlanKind, readonly StepWords[]>> = {
  convert: CONVERT_STEPS,
  restore: RESTORE_STEPS,
  online: CONVERT_STEPS.filter(({ name }) => !OF_DRIVERS.has(name)),
  offline: RESTORE_STEPS.filter(({ name }) => !OF_DRIVERS.has(name)),
  persist: PERSIST_STEPS,
  unpersist: UNPERSIST_STEPS,
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
