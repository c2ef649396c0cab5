import { type DeviceHealthState, deviceHealthStates } from '@/server/health-policy/vocabulary'
import { deviceWords } from './device-words'
import { isKernelSetting, type KernelSetting, kernelSettings, whatElse } from './kernel-settings'
import { type DeviceStateName, deviceStates, type HostStandingName, hostStandings } from './vocabulary'

const kinds = ['pmem', 'cxl', 'hmem', 'unknown'] as const
type KindName = (typeof kinds)[number]

/** One condition of a filter; all conditions must hold. Within one, any of `values` does. */
export type HostCondition =
  | { type: 'word'; text: string }
  | { type: 'label'; key: string; value: string | null; negated: boolean }
  | { type: 'kind'; values: KindName[]; negated: boolean }
  | { type: 'state'; values: HostStandingName[]; negated: boolean }
  | { type: 'device'; values: DeviceStateName[]; negated: boolean }
  /** It has a device in one of these states; negated: one that is in none of them. As selectors of rollouts mean it. */
  | { type: 'has_device'; values: DeviceStateName[]; negated: boolean }
  /** It has a device whose health the policy judges so. */
  | { type: 'health'; values: DeviceHealthState[]; negated: boolean }
  | { type: 'setting'; setting: KernelSetting; values: string[]; negated: boolean }
  | { type: 'text'; column: 'name' | 'address' | 'kernel'; text: string; negated: boolean }

export type ParsedQuery = { ok: true; conditions: HostCondition[] } | { ok: false; error: string }

class QueryError extends Error {}

const filters = `label:, kind:, state:, device:, health:, name:, address:, kernel:, ${kernelSettings.map((name) => `${name}:`).join(', ')}`

/**
 * Reads the filter language of the hosts page: free words match name and address, `label:rack=r12`, `label:rack`,
 * `kind:pmem`, `state:ready`, `state!=ready,unreachable`, `state!=converted`, `device:convertible`, `kernel:6.12`.
 * `health:block,warn` asks what the health policy makes of a host's devices.
 * `demotion:off`, `balancing:tiering`, `tiers:1`, `distance:20` and `autoonline:offline` ask of the kernel's settings.
 * Quotes keep a word with spaces or a colon together. The error is one sentence for the person who typed.
 */
export function parseHostQuery(query: string): ParsedQuery {
  try {
    return { ok: true, conditions: tokens(query).map(condition) }
  } catch (error) {
    if (error instanceof QueryError) return { ok: false, error: error.message }
    throw error
  }
}

interface Token {
  /** Begins with a quote: a word, whatever it holds. */
  quoted: boolean
  text: string
}

function tokens(query: string): Token[] {
  const found: Token[] = []
  for (const [text] of query.matchAll(/(?:"[^"]*("|$)|[^\s"])+/g)) {
    if (((text.match(/"/g) ?? []).length & 1) === 1)
      throw new QueryError(`A quote is opened in ${text} and not closed.`)
    found.push({ quoted: text.startsWith('"'), text: text.replaceAll('"', '') })
  }
  return found.filter((token) => token.text !== '')
}

function condition(token: Token): HostCondition {
  const match = token.quoted ? null : /^([a-z]+)(!=|:|=)(.*)$/i.exec(token.text)
  if (match === null) return { type: 'word', text: token.text }
  const [, key = '', operator = '', value = ''] = match
  const negated = operator === '!='
  if (value === '') throw new QueryError(`${key}${operator} needs a value, as in ${example(key, operator)}.`)
  const lower = key.toLowerCase()
  switch (lower) {
    case 'label':
      return label(value, negated)
    case 'kind':
      return { type: 'kind', values: choices(key, value, kinds), negated }
    case 'state':
      return stateOf(key, value, negated)
    case 'device':
      return { type: 'device', values: choices(key, value, deviceStates), negated }
    case 'health':
      return { type: 'health', values: choices(key, value, deviceHealthStates), negated }
    case 'name':
      return { type: 'text', column: 'name', text: value, negated }
    case 'address':
      return { type: 'text', column: 'address', text: value, negated }
    case 'kernel':
      return { type: 'text', column: 'kernel', text: value, negated }
    default:
      if (isKernelSetting(lower)) return setting(lower, value, negated)
      throw new QueryError(
        `There is no filter ${key}${operator}. There are ${filters}; put words with a colon in quotes.`,
      )
  }
}

function setting(name: KernelSetting, text: string, negated: boolean): HostCondition {
  const values = text.toLowerCase().split(',')
  for (const value of values) {
    const allowed = whatElse(name, value)
    if (allowed !== null)
      throw new QueryError(`${value || 'Nothing'} is no value of ${name}. It is ${allowed}.`)
  }
  return { type: 'setting', setting: name, values, negated }
}

/** States of hosts and states of devices have different names; one filter asks of one of the two. */
function stateOf(key: string, value: string, negated: boolean): HostCondition {
  const words = value.toLowerCase().split(',')
  if (!words.some((word) => Object.hasOwn(deviceWords, word)))
    return { type: 'state', values: choices(key, value, hostStandings), negated }
  const asked = choices('device state', value, Object.keys(deviceWords) as (keyof typeof deviceWords)[])
  return { type: 'has_device', values: asked.map((word) => deviceWords[word]), negated }
}

/** `rack=r12`, `rack!=r12`, or `rack` for hosts that have the label at all. */
function label(text: string, negated: boolean): HostCondition {
  const match = /^([A-Za-z][A-Za-z0-9_./-]*)(?:(!?=)(.*))?$/.exec(text)
  if (match === null)
    throw new QueryError(`A label filter looks like label:rack=r12 or label:rack, not label:${text}.`)
  const [, key = '', operator, value] = match
  return { type: 'label', key, value: value ?? null, negated: negated !== (operator === '!=') }
}

function choices<T extends string>(key: string, text: string, allowed: readonly T[]): T[] {
  return text.split(',').map((value) => {
    const found = allowed.find((each) => each === value.toLowerCase())
    if (found === undefined)
      throw new QueryError(`${value || 'Nothing'} is no ${key}. It is one of ${allowed.join(', ')}.`)
    return found
  })
}

function example(key: string, operator: string): string {
  const values: Record<string, string> = { label: 'rack=r12', kind: 'pmem', state: 'ready', kernel: '6.12' }
  return `${key}${operator}${values[key] ?? 'convertible'}`
}
