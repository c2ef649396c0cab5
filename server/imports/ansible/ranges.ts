import { maxImportHosts } from '../schema'

/** What a host line begins with: a name or a range of them, with a port or none. */
export interface HostPattern {
  names: string[]
  port: number | null
}

/** In one name; each is a step deeper. */
const maxRanges = 10
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/**
 * Expands `web[01:03:2]`, `db-[a:c].example`, several ranges in one, and `:2222` behind them, as Ansible does (its
 * plugins/inventory/__init__.py and parsing/utils/addresses.py). The sentence that says why not, where it cannot be.
 */
export function expandHostPattern(text: string): HostPattern | string {
  if (text.split('[').length - 1 > maxRanges) return `There are more than ${maxRanges} ranges in one name.`
  const { name, port } = splitPort(text)
  if (text.endsWith(':') && port === null) return `${text} ends in a colon, but no port follows.`
  const names: string[] = []
  const fault = expandInto(names, name)
  return fault ?? { names, port }
}

function splitPort(text: string): { name: string; port: number | null } {
  const bracketed = /^\[(.+)\]:(\d+)$/.exec(text)
  const plain = bracketed ?? /^((?:[^:[\]]|\[[^\]]*\])*):(\d+)$/.exec(text)
  const name = plain?.[1] ?? text
  // What is no address or name even without the port is left as it is: Ansible does not understand it either.
  if (plain === null || !isAddress(name)) return { name: text, port: null }
  return { name, port: Number(plain[2]) }
}

/** Roughly what Ansible takes for one; ranges stand for a character. */
function isAddress(text: string): boolean {
  const flat = text.replaceAll(/\[[0-9a-z]+:[0-9a-z]+(:[0-9]+)?\]/gi, '0')
  if (flat.includes(':')) return /^[0-9a-f:.]+$/i.test(flat)
  return flat.split('.').every((label) => /^[\p{L}\p{N}_]([\p{L}\p{N}_-]*[\p{L}\p{N}])?$/u.test(label))
}

function hasRange(text: string): boolean {
  const open = text.indexOf('[')
  const colon = text.indexOf(':')
  return open >= 0 && open < colon && colon < text.indexOf(']')
}

function expandInto(names: string[], text: string): string | null {
  if (!hasRange(text)) {
    names.push(text)
    return names.length > maxImportHosts
      ? `This range has more hosts than an import takes (${maxImportHosts}).`
      : null
  }
  const open = text.indexOf('[')
  const close = text.indexOf(']')
  const members = membersOf(text.slice(open + 1, close))
  if (typeof members === 'string') return members
  for (const member of members) {
    const fault = expandInto(names, `${text.slice(0, open)}${member}${text.slice(close + 1)}`)
    if (fault !== null) return fault
  }
  return null
}

/** The members of `begin:end` or `begin:end:step`. */
function membersOf(range: string): Iterable<string> | string {
  const [begin = '', end = '', step = '1', ...more] = range.split(':')
  if (more.length > 0) return `[${range}] is no range: ranges are [begin:end] or [begin:end:step].`
  if (end === '') return `[${range}] does not say where the range ends.`
  const by = Number(step)
  if (!/^\d+$/.test(step) || by < 1) return `[${range}] has a step that is no number above zero.`
  const isLetters = /^[A-Za-z]$/.test(begin) && /^[A-Za-z]$/.test(end)
  if (isLetters) return lettersOf(range, letters.indexOf(begin), letters.indexOf(end), by)
  const from = begin === '' ? '0' : begin
  if (!/^\d{1,9}$/.test(from) || !/^\d{1,9}$/.test(end))
    return `[${range}] is neither of numbers nor of letters.`
  const isPadded = from.startsWith('0') && from.length > 1
  if (isPadded && from.length !== end.length) return `[${range}] pads its first number, but not its last.`
  return numbersOf(Number(from), Number(end), by, isPadded ? from.length : 0)
}

function lettersOf(range: string, from: number, to: number, by: number): Iterable<string> | string {
  if (from > to) return `[${range}] ends before it begins.`
  return [...letters.slice(from, to + 1)].filter((_letter, at) => at % by === 0)
}

function* numbersOf(from: number, to: number, by: number, digits: number): Generator<string> {
  for (let number = from; number <= to; number += by) yield String(number).padStart(digits, '0')
}
