import { isLiteral, matchesPatterns } from '@/server/imports/ssh-config/glob'
import { hmac } from '@/server/lib/primitives'

/** A line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
interface Entry {
  line: number
  revoked: boolean
  algorithm: string
  publicKey: string
  /** Plain patterns, or the one hashed name. */
  names: { type: 'plain'; patterns: string[] } | { type: 'hashed'; salt: Buffer; hash: string }
}

export interface ShownKey {
  /** All names it goes by in the fleet: ssh knows a host by what was typed. */
  names: readonly string[]
  port: number
  algorithm: string
  publicKey: string
}

export type KeyVerdict = 'matches' | 'differs' | 'revoked' | 'absent'

/** More names than this are not hashed for one comparison: a second or two of a processor. */
const maxHashes = 1_000_000

/** There are too many hashed lines to compare with so many hosts. */
export class TooManyHashes extends Error {}

export class KnownHosts {
  readonly notices: { line: number; message: string }[] = []
  private readonly byName = new Map<string, Entry[]>()
  private readonly byPattern: Entry[] = []
  private readonly hashed: Entry[] = []
  private readonly hashedByKey = new Map<string, Entry[]>()
  private hashes = 0
  /** Lines that were understood. */
  size = 0

  constructor(text: string) {
    for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
      const content = line.trim()
      if (content === '' || content.startsWith('#')) continue
      const entry = this.read(index + 1, content.split(/[ \t]+/))
      if (entry !== null) this.add(entry)
    }
  }

  /** What the file says of the key, and why in a sentence where that is not plain. A revoked key matches nothing. */
  verdictOn(key: ShownKey): { verdict: KeyVerdict; reason: string } {
    const names = [...new Set(key.names.map((name) => lookupName(name, key.port)))]
    const same = this.entriesFor(names, this.hashedByKey.get(key.publicKey) ?? []).filter(
      (entry) => entry.publicKey === key.publicKey,
    )
    const revoked = same.find((entry) => entry.revoked)
    if (revoked !== undefined)
      return { verdict: 'revoked', reason: `Line ${revoked.line} of the file revokes this key.` }
    if (same.length > 0) return { verdict: 'matches', reason: '' }
    const others = this.entriesFor(names, this.hashed).filter((entry) => !entry.revoked)
    const [rival] = others.filter((entry) => entry.algorithm === key.algorithm)
    if (rival !== undefined)
      return {
        verdict: 'differs',
        reason: `Line ${rival.line} of the file has another ${key.algorithm} key for it.`,
      }
    if (others.length === 0) return { verdict: 'absent', reason: '' }
    const kinds = [...new Set(others.map((entry) => entry.algorithm))].join(', ')
    return { verdict: 'absent', reason: `The file has only keys of other kinds for it: ${kinds}.` }
  }

  private entriesFor(names: readonly string[], hashed: readonly Entry[]): Entry[] {
    const found = names.flatMap((name) => this.byName.get(name) ?? [])
    const patterns = this.byPattern.filter((entry) => names.some((name) => holds(entry, name)))
    const behindHashes = hashed.filter((entry) => names.some((name) => this.isHashOf(entry, name)))
    return [...found, ...patterns, ...behindHashes]
  }

  private isHashOf({ names }: Entry, name: string): boolean {
    if (names.type !== 'hashed') return false
    this.hashes += 1
    if (this.hashes > maxHashes) throw new TooManyHashes()
    return hmac('sha1', names.salt, name).toString('base64') === names.hash
  }

  private read(line: number, words: readonly string[]): Entry | null {
    const marker = words[0]?.startsWith('@') === true ? words[0] : null
    const [names = '', algorithm = '', blob = ''] = marker === null ? words : words.slice(1)
    if (marker === '@cert-authority') return this.passOver(line, 'Certificate authorities are not used here.')
    if (marker !== null && marker !== '@revoked') return this.passOver(line, `There is no marker ${marker}.`)
    const bytes = Buffer.from(blob, 'base64')
    // The blob begins with its own algorithm (RFC 4253 §6.6): what is cut off or garbled is no key.
    const length = bytes.length >= 4 ? bytes.readUInt32BE(0) : 0
    if (algorithm === '' || bytes.subarray(4, 4 + length).toString('latin1') !== algorithm)
      return this.passOver(line, 'This is no line of a known_hosts file: names, kind of key, key.')
    const entry = { line, revoked: marker === '@revoked', algorithm, publicKey: bytes.toString('base64') }
    if (!names.startsWith('|'))
      return { ...entry, names: { type: 'plain', patterns: names.toLowerCase().split(',') } }
    const [, version, salt, hash] = names.split('|')
    if (version !== '1' || salt === undefined || hash === undefined)
      return this.passOver(line, 'The hashed name is not of the one kind there is (|1|salt|hash).')
    return { ...entry, names: { type: 'hashed', salt: Buffer.from(salt, 'base64'), hash } }
  }

  private passOver(line: number, message: string): null {
    this.notices.push({ line, message })
    return null
  }

  private add(entry: Entry): void {
    this.size += 1
    if (entry.names.type === 'hashed') {
      this.hashed.push(entry)
      append(this.hashedByKey, entry.publicKey, entry)
    } else if (entry.names.patterns.every(isLiteral)) {
      for (const name of new Set(entry.names.patterns)) append(this.byName, name, entry)
    } else this.byPattern.push(entry)
  }
}

/** As ssh looks a host up: ports other than 22 are part of the name. */
function lookupName(name: string, port: number): string {
  return port === 22 ? name.toLowerCase() : `[${name.toLowerCase()}]:${port}`
}

function holds({ names }: Entry, name: string): boolean {
  return names.type === 'plain' && matchesPatterns(names.patterns, name)
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const found = map.get(key)
  if (found === undefined) map.set(key, [value])
  else found.push(value)
}
