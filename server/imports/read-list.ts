import { type Candidate, excerpt, type HostDraft, linesOf, type Reading } from './candidate'
import type { ImportSource } from './schema'

/**
 * One host a line: `name`, `address`, `user@address:port`, `name user@address:port`, then any `key=value` labels; `#`
 * starts a comment. Every line that is not blank becomes a candidate.
 */
export function readList(sources: readonly ImportSource[]): Reading {
  const candidates: Candidate[] = []
  for (const source of sources) {
    for (const [index, line] of linesOf(source.text).entries()) {
      const content = line.replace(/(^|\s)#.*$/, '').trim()
      if (content === '') continue
      candidates.push({
        source: source.name,
        line: index + 1,
        text: excerpt(line),
        draft: readLine(content),
        jump: null,
      })
    }
  }
  return { candidates, notices: [], variables: [] }
}

function readLine(content: string): HostDraft | string {
  const places: string[] = []
  const labels: Record<string, string> = {}
  for (const word of content.split(/[\s,]+/).filter((each) => each !== '')) {
    if (!/^[^=@]+=/.test(word)) places.push(word)
    else {
      const fault = addLabel(labels, word)
      if (fault !== null) return fault
    }
  }
  const [first, second] = places
  if (first === undefined) return 'There are labels, but no name or address.'
  if (places.length > 2) return `${places[2]} is too much: a name, an address, then labels as key=value.`
  const { address, port, username } = readPlace(second ?? first)
  return { name: second === undefined ? nameFor(address) : first, address, port, username, labels }
}

/** Adds `key=value`; the sentence that says why not, or null. */
export function addLabel(labels: Record<string, string>, word: string): string | null {
  const at = word.indexOf('=')
  if (at < 1) return `${word} is no label: labels are key=value.`
  const key = word.slice(0, at)
  if (Object.hasOwn(labels, key)) return `The label ${key} stands here twice.`
  labels[key] = word.slice(at + 1)
  return null
}

/** A name may not hold the colons of an IPv6 address. */
export function nameFor(address: string): string {
  return address.replaceAll(/[:%]/g, '-')
}

interface Place {
  username: string | null
  address: string
  port: string | null
}

/** `[user@]address[:port]`; an IPv6 address takes brackets when a port follows. */
export function readPlace(text: string): Place {
  const at = text.lastIndexOf('@')
  const username = at < 0 ? null : text.slice(0, at)
  const rest = text.slice(at + 1)
  const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(rest)
  if (bracketed) return { username, address: bracketed[1] ?? '', port: bracketed[2] ?? null }
  const [address = '', port, ...more] = rest.split(':')
  return more.length > 0 ? { username, address: rest, port: null } : { username, address, port: port ?? null }
}
