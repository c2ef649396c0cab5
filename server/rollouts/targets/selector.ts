import { deviceWords } from '@/server/hosts/device-words'
import { type DeviceStateName, hostStandings } from '@/server/hosts/vocabulary'
import { deviceKinds, maxSelectorLength } from '../vocabulary'
import {
  type Condition,
  type Selector,
  SelectorError,
  type SelectorFault,
  type SizeOperator,
} from './conditions'

export type ParsedSelector = { ok: true; selector: Selector } | { ok: false; fault: SelectorFault }

/**
 * Reads the target language of rollouts: `label:rack=r12 kind:pmem size>=100GiB state!=converted`, host names as plain
 * words or `host:db-*`, parts of names, addresses and kernels as on the hosts page (`kernel:6.12`). Every condition must hold; of several host names any. An empty text never means everything: it
 * is a fault, like everything that cannot be read to the letter. A fault points at its place.
 */
export function parseSelector(text: string): ParsedSelector {
  try {
    return { ok: true, selector: read(text) }
  } catch (error) {
    if (error instanceof SelectorError) return { ok: false, fault: error.fault }
    throw error
  }
}

interface Token {
  text: string
  at: number
}

function read(text: string): Selector {
  if (text.length > maxSelectorLength)
    throw fault(`A selector has at most ${maxSelectorLength} characters.`, 0, text.length)
  const tokens = [...text.matchAll(/\S+/g)].map((match): Token => ({ text: match[0], at: match.index }))
  if (tokens.length === 0) {
    throw fault('Say which hosts or devices: an empty selector is refused. The whole fleet is host:*.', 0, 0)
  }
  const hosts: Token[] = []
  const conditions: Condition[] = []
  for (const token of tokens) {
    const match = /^([A-Za-z]+)(!=|>=|<=|:|=|<|>)(.*)$/s.exec(token.text)
    if (match === null) hosts.push(...hostNames(token))
    else {
      const [, key = '', operator = '', value = ''] = match
      const at = token.at + key.length + operator.length
      if (value === '') throw fault(`${key}${operator} needs a value.`, token.at, token.text.length)
      if (key.toLowerCase() === 'host' && operator !== '!=') {
        expectOperator(token, key, operator, [':', '='])
        hosts.push(...hostNames({ text: value, at }))
      } else conditions.push(condition(token, key, operator, { text: value, at }))
    }
  }
  return { hosts: hosts.map(({ text: name }) => name), conditions }
}

function condition(token: Token, key: string, operator: string, value: Token): Condition {
  switch (key.toLowerCase()) {
    case 'host':
      return { type: 'not_host', names: hostNames(value).map(({ text }) => text) }
    case 'label':
      expectOperator(token, key, operator, [':', '!='])
      return label(value, operator === '!=')
    case 'kind':
      expectOperator(token, key, operator, [':', '=', '!='])
      return { type: 'kind', values: choices('kind', value, deviceKinds), negated: operator === '!=' }
    case 'state':
      expectOperator(token, key, operator, [':', '=', '!='])
      return stateOf(value, operator === '!=')
    case 'device':
      expectOperator(token, key, operator, [':', '=', '!='])
      return { type: 'state', values: deviceStatesOf(value), negated: operator === '!=' }
    case 'search':
    case 'name':
    case 'address':
    case 'kernel': {
      expectOperator(token, key, operator, [':', '=', '!='])
      const of = columns[key.toLowerCase()] ?? 'any'
      return { type: 'text', of, text: value.text, negated: operator === '!=' }
    }
    case 'size':
      expectOperator(token, key, operator, ['>=', '<=', '>', '<', '='])
      return { type: 'size', operator: operator as SizeOperator, bytes: size(value) }
    default:
      throw fault(
        `There is no condition ${key}. There are host, label, kind, state, size, name, address and kernel.`,
        token.at,
        key.length,
      )
  }
}

/** `rack=r12`, `rack!=r12`, or `rack` for hosts that have the label at all. */
function label({ text, at }: Token, negated: boolean): Condition {
  const match = /^([A-Za-z][A-Za-z0-9_./-]*)(?:(!?=)(.+))?$/s.exec(text)
  if (match === null)
    throw fault(`A label looks like label:rack=r12 or label:rack, not ${text}.`, at, text.length)
  const [, key = '', operator, value] = match
  return { type: 'label', key, value: value ?? null, negated: negated !== (operator === '!=') }
}

const columns: Readonly<Record<string, 'name' | 'address' | 'kernel'>> = {
  name: 'name',
  address: 'address',
  kernel: 'kernel',
}

/** States of hosts and states of devices have different names; one condition asks of one of the two. */
function stateOf(value: Token, negated: boolean): Condition {
  const words = value.text.toLowerCase().split(',')
  const isOfHosts = (word: string) => hostStandings.some((state) => state === word)
  if (!words.some(isOfHosts)) return { type: 'state', values: deviceStatesOf(value), negated }
  if (!words.every(isOfHosts))
    throw fault(
      'States of hosts and of devices are asked for apart, as in state:ready state!=converted.',
      value.at,
      value.text.length,
    )
  return { type: 'host_state', values: choices('state of a host', value, hostStandings), negated }
}

function deviceStatesOf(value: Token): DeviceStateName[] {
  const words = choices('device state', value, Object.keys(deviceWords) as (keyof typeof deviceWords)[])
  return words.map((word) => deviceWords[word])
}

/** Names with `*` for any run of characters, separated by commas. */
function hostNames({ text, at }: Token): Token[] {
  let from = at
  return text.split(',').map((name) => {
    const token = { text: name, at: from }
    from += name.length + 1
    if (name === '') throw fault('A host name is missing beside the comma.', token.at, 1)
    if (!/^[A-Za-z0-9*][A-Za-z0-9._*-]*$/.test(name)) {
      throw fault(
        `${name} is no host name: letters, digits, dots, dashes, and * for any.`,
        token.at,
        name.length,
      )
    }
    return token
  })
}

function choices<T extends string>(what: string, { text, at }: Token, allowed: readonly T[]): T[] {
  let from = at
  return text.split(',').map((word) => {
    const start = from
    from += word.length + 1
    const found = allowed.find((each) => each === word.toLowerCase())
    if (found !== undefined) return found
    throw fault(
      `${word || 'Nothing'} is no ${what}. It is one of ${allowed.join(', ')}.`,
      start,
      word.length || 1,
    )
  })
}

const units: Readonly<Record<string, bigint>> = {
  b: 1n,
  kib: 1n << 10n,
  mib: 1n << 20n,
  gib: 1n << 30n,
  tib: 1n << 40n,
}

function size({ text, at }: Token): bigint {
  const match = /^(\d{1,15})([A-Za-z]+)$/.exec(text)
  const unit = units[match?.[2]?.toLowerCase() ?? '']
  if (match === null || unit === undefined)
    throw fault(`A size is a whole number and its unit, as in size>=100GiB, not ${text}.`, at, text.length)
  return BigInt(match[1] ?? 0) * unit
}

function expectOperator(token: Token, key: string, operator: string, allowed: readonly string[]): void {
  if (allowed.includes(operator)) return
  const message = `${key} is compared with ${allowed.join(' or ')}, not ${operator}.`
  throw fault(message, token.at + key.length, operator.length)
}

function fault(message: string, at: number, length: number): SelectorError {
  return new SelectorError({ message, at, length })
}
