import type { z } from 'zod'
import { type NewHost, newHostSchema, type parsedHostRow } from './schema'

export type ParsedHostRow = z.infer<typeof parsedHostRow>

/** What is already in the fleet, as far as a paste can collide with it. */
export interface KnownHost {
  name: string
  address: string
  port: number
}

/**
 * Reads pasted text, one host a line: `name`, `address`, `user@address:port`, `name user@address:port`, then any
 * `key=value` labels; `#` starts a comment. Every line that is not blank gets a verdict; `row` counts lines from 1.
 */
export function parseHosts(
  text: string,
  defaultUsername: string,
  known: readonly KnownHost[],
): ParsedHostRow[] {
  const taken = new TakenNames(known)
  const rows: ParsedHostRow[] = []
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const content = line.replace(/(^|\s)#.*$/, '').trim()
    if (content === '') continue
    const row = { row: index + 1, text: line.trim().slice(0, 500) }
    const parsed = parseLine(content, defaultUsername)
    if (typeof parsed === 'string') {
      rows.push({ ...row, verdict: 'invalid', reason: parsed, host: null })
      continue
    }
    const clash = taken.clashOf(parsed)
    if (clash === null) taken.add(parsed, `row ${row.row}`)
    rows.push({
      ...row,
      verdict: clash?.verdict ?? 'new',
      reason: clash?.reason ?? '',
      host: parsed,
    })
  }
  return rows
}

/** Names and addresses in use, so that the same host is not entered twice; compared without regard to case. */
export class TakenNames {
  private readonly byName = new Map<string, { host: KnownHost; where: string }>()
  private readonly byAddress = new Map<string, { host: KnownHost; where: string }>()

  constructor(known: readonly KnownHost[]) {
    for (const host of known) this.add(host, 'the fleet')
  }

  add(host: KnownHost, where: string): void {
    this.byName.set(host.name.toLowerCase(), { host, where })
    this.byAddress.set(endpoint(host), { host, where })
  }

  clashOf(host: KnownHost): { verdict: 'duplicate' | 'conflict'; reason: string } | null {
    const named = this.byName.get(host.name.toLowerCase())
    const addressed = this.byAddress.get(endpoint(host))
    if (named !== undefined && endpoint(named.host) === endpoint(host))
      return { verdict: 'duplicate', reason: `Already in ${named.where}.` }
    if (named !== undefined)
      return {
        verdict: 'conflict',
        reason: `The name ${host.name} already stands for ${named.host.address}:${named.host.port} in ${named.where}.`,
      }
    if (addressed !== undefined)
      return {
        verdict: 'conflict',
        reason: `${host.address}:${host.port} is already called ${addressed.host.name} in ${addressed.where}.`,
      }
    return null
  }
}

function endpoint(host: KnownHost): string {
  return `${host.address.toLowerCase()} ${host.port}`
}

/** A host, or the sentence that says why the line is none. */
function parseLine(content: string, defaultUsername: string): NewHost | string {
  const words = content.split(/[\s,]+/).filter((word) => word !== '')
  const labels: Record<string, string> = {}
  const places: string[] = []
  for (const word of words) {
    const label = /^([^=@]+)=(.*)$/.exec(word)
    if (label === null) places.push(word)
    else if (Object.hasOwn(labels, label[1] ?? '')) return `The label ${label[1]} stands here twice.`
    else labels[label[1] ?? ''] = label[2] ?? ''
  }
  const [first, second] = places
  if (first === undefined) return 'There are labels, but no name or address.'
  if (places.length > 2) return `${places[2]} is too much: a name, an address, then labels as key=value.`
  const place = parsePlace(second ?? first)
  if (typeof place === 'string') return place
  // A name may not hold the colons of an IPv6 address.
  const name = second === undefined ? place.address.replaceAll(/[:%]/g, '-') : first
  const host = newHostSchema.safeParse({
    name,
    address: place.address.toLowerCase(),
    port: place.port,
    username: place.username ?? defaultUsername,
    labels,
  })
  return host.success ? host.data : faultOf(host.error)
}

/** The first fault in the order a person reads the line; a bad label key hides one level down. */
function faultOf(error: z.ZodError): string {
  const issue = error.issues.find((each) => each.path[0] === 'address') ?? error.issues[0]
  const inner = issue?.code === 'invalid_key' ? issue.issues[0] : issue
  return inner?.message ?? 'This is not a host.'
}

interface Place {
  username: string | undefined
  address: string
  port: number
}

/** `[user@]address[:port]`; an IPv6 address takes brackets when a port follows. */
function parsePlace(text: string): Place | string {
  const at = text.lastIndexOf('@')
  const username = at < 0 ? undefined : text.slice(0, at)
  const rest = text.slice(at + 1)
  const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(rest)
  const colons = rest.split(':').length - 1
  const [address = '', portText] = bracketed
    ? [bracketed[1], bracketed[2]]
    : colons === 1
      ? rest.split(':')
      : [rest, undefined]
  if (portText !== undefined && !/^\d{1,5}$/.test(portText))
    return `${portText || 'Nothing'} is no port number.`
  const port = Number(portText ?? 22)
  if (port < 1 || port > 65_535) return `${port} is no port: ports are 1 to 65535.`
  return { username, address, port }
}
