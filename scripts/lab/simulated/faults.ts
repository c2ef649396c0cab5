import { chance } from './chance'

/** What may be wrong with a simulated host. */
export const FAULTS = ['unreachable', 'slow', 'busy', 'partial', 'wrong_key', 'garbage', 'reboot'] as const
export type Fault = (typeof FAULTS)[number]

/** What each does, for people who look at what became of it. */
export const FAULT_WORDS: Record<Fault, string> = {
  unreachable: 'nothing listens at its address',
  slow: 'every answer takes seconds',
  busy: 'a process opens the devices when their conversion is asked for, or holds a page of each when they are to be given back',
  partial: 'the last block of the first device refuses to come online (ENOMEM)',
  wrong_key: 'shows another host key from its second connection on',
  garbage: 'prints something else in place of the agent’s lines',
  reboot: 'loses power when a driver is to let the device go, and is back after some seconds',
}

/** Which hosts have which fault: exactly that share of them, spread by the seed, every kind as often as any other. */
export function spreadFaults(count: number, share: number, seed: string): Map<number, Fault> {
  const drawn = Array.from({ length: count }, (_, index) => ({ index, at: chance(seed, 'fault', index) }))
  drawn.sort((a, b) => a.at - b.at)
  const faults = new Map<number, Fault>()
  for (const [order, { index }] of drawn.slice(0, Math.round(count * share)).entries()) {
    faults.set(index, FAULTS[order % FAULTS.length] ?? 'slow')
  }
  return faults
}

/** `5%` or `0.05` as a share; null for anything else. */
export function parseShare(text: string): number | null {
  const found = /^(\d{1,3}(?:\.\d+)?)(%?)$/.exec(text)
  if (found === null) return null
  const share = Number(found[1]) / (found[2] === '%' ? 100 : 1)
  return share <= 1 ? share : null
}
