import type { DeviceStateName, HostStandingName } from '@/server/hosts/vocabulary'
import type { DeviceKindName } from '../vocabulary'

/** What is wrong, and where: `length` characters from `at` on, counted from 0. */
export interface SelectorFault {
  message: string
  at: number
  length: number
}

export class SelectorError extends Error {
  constructor(readonly fault: SelectorFault) {
    super(fault.message)
  }
}

export type SizeOperator = '>=' | '<=' | '>' | '<' | '='

/** One condition on a host or on one of its devices. Within one, any of `values` does. */
export type Condition =
  | { type: 'not_host'; names: string[] }
  | { type: 'label'; key: string; value: string | null; negated: boolean }
  | { type: 'host_state'; values: HostStandingName[]; negated: boolean }
  /** Somewhere in it, whatever the case; `any` is name or address. */
  | { type: 'text'; of: 'any' | 'name' | 'address' | 'kernel'; text: string; negated: boolean }
  | { type: 'kind'; values: DeviceKindName[]; negated: boolean }
  | { type: 'state'; values: DeviceStateName[]; negated: boolean }
  | { type: 'size'; operator: SizeOperator; bytes: bigint }

/** At least one of `hosts` (none: any host) and all of `conditions`. */
export interface Selector {
  hosts: string[]
  conditions: Condition[]
}

interface HostFacts {
  name: string
  address: string
  kernelRelease: string | null
  standing: HostStandingName
  labels: Readonly<Record<string, string>>
}
interface DeviceFacts {
  kind: string
  state: DeviceStateName
  sizeBytes: bigint
}

/** Everything the selector asks of the host itself holds. */
export function matchesHost(selector: Selector, host: HostFacts): boolean {
  return (
    (selector.hosts.length === 0 || isOneOf(selector.hosts, host.name)) &&
    selector.conditions.every((condition) => hostHolds(condition, host))
  )
}

/** Everything the selector asks of a device holds. */
export function matchesDevice(selector: Selector, device: DeviceFacts): boolean {
  return selector.conditions.every((condition) => deviceHolds(condition, device))
}

/** True when nothing is asked of devices: the selector names hosts. */
export function asksOnlyOfHosts(selector: Selector): boolean {
  return selector.conditions.every(({ type }) => ofHosts.has(type))
}

const ofHosts: ReadonlySet<Condition['type']> = new Set(['not_host', 'label', 'host_state', 'text'])

const sorted = new WeakMap<readonly string[], { whole: ReadonlySet<string>; patterns: string[] }>()

/** Any of these names or patterns is the host's: quick for ten thousand names, asked of ten thousand hosts. */
export function isOneOf(names: readonly string[], name: string): boolean {
  let known = sorted.get(names)
  if (known === undefined) {
    const patterns = names.filter((each) => each.includes('*'))
    known = { whole: new Set(names), patterns }
    sorted.set(names, known)
  }
  return known.whole.has(name) || known.patterns.some((pattern) => isNamed(pattern, name))
}

/** `*` stands for any run of characters; the rest is compared to the letter. */
export function isNamed(pattern: string, name: string): boolean {
  const [first = '', ...others] = pattern.split('*')
  const last = others.pop()
  if (last === undefined) return pattern === name
  if (!name.startsWith(first) || !name.endsWith(last)) return false
  // Each part as early as it can stand: no pattern, however many stars, takes longer than the name is long.
  let at = first.length
  for (const part of others) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at + last.length <= name.length
}

function hostHolds(condition: Condition, host: HostFacts): boolean {
  switch (condition.type) {
    case 'not_host':
      return !isOneOf(condition.names, host.name)
    case 'label': {
      const { labels } = host
      const value = Object.hasOwn(labels, condition.key) ? labels[condition.key] : undefined
      const holds = condition.value === null ? value !== undefined : value === condition.value
      return holds !== condition.negated
    }
    case 'host_state':
      return condition.values.includes(host.standing) !== condition.negated
    case 'text': {
      const asked = condition.text.toLowerCase()
      const holds = textsOf(condition.of, host).some((text) => text.toLowerCase().includes(asked))
      return holds !== condition.negated
    }
    default:
      return true
  }
}

function textsOf(of: 'any' | 'name' | 'address' | 'kernel', host: HostFacts): string[] {
  if (of === 'kernel') return [host.kernelRelease ?? '']
  if (of === 'address') return [host.address]
  return of === 'name' ? [host.name] : [host.name, host.address]
}

function deviceHolds(condition: Condition, { kind, state, sizeBytes }: DeviceFacts): boolean {
  switch (condition.type) {
    case 'kind':
      return condition.values.some((value) => value === kind) !== condition.negated
    case 'state':
      return condition.values.includes(state) !== condition.negated
    case 'size':
      return sizeHolds(condition.operator, sizeBytes, condition.bytes)
    default:
      return true
  }
}

function sizeHolds(operator: SizeOperator, is: bigint, asked: bigint): boolean {
  switch (operator) {
    case '>=':
      return is >= asked
    case '<=':
      return is <= asked
    case '>':
      return is > asked
    case '<':
      return is < asked
    case '=':
      return is === asked
  }
}
