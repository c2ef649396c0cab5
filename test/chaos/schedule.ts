import { Random } from '@/test/support/random'

const KINDS = [
  { value: 'kill the worker', weight: 4 },
  { value: 'kill Postgres', weight: 2 },
  { value: 'kill every agent', weight: 3 },
  { value: 'kill the newest agent', weight: 3 },
  { value: 'cut the network', weight: 3 },
  { value: 'refuse connections', weight: 1 },
  { value: 'carry nothing', weight: 2 },
  { value: 'carry slowly', weight: 1 },
  { value: 'ask to stop', weight: 1 },
  { value: 'reset the host', weight: 1 },
  { value: 'take power away', weight: 1 },
] as const
export type BlowKind = (typeof KINDS)[number]['value']

export interface Blow {
  kind: BlowKind
  /** It falls once so many lines of the job's journal were stored, or the job has ended. */
  atLine: number
  /** How long until what was taken away is given back. */
  forMs: number
}

/** What happens to one conversion, wholly told by the seed. */
export function scheduleOf(seed: number): Blow[] {
  const random = new Random(seed)
  const blows = Array.from({ length: random.whole(1, 3) }, (): Blow => {
    const kind = random.pick(KINDS)
    return { kind, atLine: random.whole(0, 26), forMs: random.whole(0, 4_000) }
  })
  return blows.toSorted((a, b) => a.atLine - b.atLine)
}
