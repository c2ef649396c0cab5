import { alternatives, type WireSchema } from '@/server/rest/wire'
import type { Random } from './random'

/** Texts that broke something somewhere: in SQL, JSON, paths, terminals, pages, prototypes, encodings. */
export const hostileTexts = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udfff\ud800',
  `'; DROP TABLE "Host"; --`,
  `' OR '1'='1`,
  '%',
  '%_\\',
  '\\',
  '$1',
  '{{7*7}}',
  '#{7*7}',
  '../../../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '/etc/passwd\u0000.png',
  'http://169.254.169.254/latest/meta-data',
  '<script>alert(1)</script>',
  '\u001b[2J\u001b]0;owned\u0007',
  '=HYPERLINK("http://evil.test")',
  '__proto__',
  'constructor',
  'toString',
  '\r\nSet-Cookie: a=b',
  '\u202e\u2066',
  '😀'.repeat(500),
  'A'.repeat(70_000),
  '['.repeat(5_000),
  '(a+)+$',
  'label:a=b '.repeat(400),
  'host:*',
  'size>=99999999999999TiB',
  '-0',
  'NaN',
  '1e309',
  '9223372036854775808',
  '00000000-0000-0000-0000-000000000000',
] as const
/** What of a text can stand in an address at all. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\ufffd')
}

const hostileNumbers = [0, -1, 1, 0.5, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, 2 ** 63, 1e308, -1e308]

/** Makes inputs that fit a schema nearly: most of the shape is right, so that what is wrong gets far. */
export class HostileInputs {
  constructor(
    private readonly random: Random,
    /** Ids of what is there: with these one gets further than with made-up ones. */
    private readonly ids: readonly string[],
  ) {}

  of(schema: WireSchema | undefined): unknown {
    if (schema === undefined || this.is(0.04)) return this.anything(2)
    return this.fitting(schema, 0)
  }

  private fitting(schema: WireSchema, depth: number): unknown {
    if (depth > 8 || this.is(0.04)) return this.anything(2)
    if (schema.const !== undefined) return this.is(0.95) ? schema.const : this.text()
    if (Array.isArray(schema.enum)) return this.is(0.9) ? this.one(schema.enum) : this.text()
    const among = alternatives(schema)
    const chosen = among.length > 1 ? this.one(among) : schema
    if (chosen !== schema && chosen !== undefined) return this.fitting(chosen, depth + 1)
    switch (schema.type) {
      case 'object':
        return this.object(schema, depth)
      case 'array':
        return this.list(schema, depth)
      case 'integer':
      case 'number':
        return this.number(schema)
      case 'boolean':
        return this.is(0.5)
      case 'null':
        return null
      case 'string':
        return this.string(schema)
      default:
        return this.anything(2)
    }
  }

  private object(schema: WireSchema, depth: number): Record<string, unknown> {
    const made: [string, unknown][] = []
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const needed = schema.required?.includes(name) ?? false
      if (this.is(needed ? 0.98 : 0.6)) made.push([name, this.fitting(property, depth + 1)])
    }
    if (typeof schema.additionalProperties === 'object')
      for (let left = this.random.whole(0, 3); left > 0; left--)
        made.push([this.text(), this.fitting(schema.additionalProperties, depth + 1)])
    if (this.is(0.05)) made.push([this.text(), this.anything(1)])
    return Object.fromEntries(made)
  }

  private list(schema: WireSchema, depth: number): unknown[] {
    const items = schema.items
    const many = this.is(0.03) ? 2_000 : this.random.whole(0, 3)
    return Array.from({ length: many }, () => (items ? this.fitting(items, depth + 1) : this.anything(1)))
  }

  private number(schema: WireSchema): number {
    const { minimum, maximum } = schema
    const least = typeof minimum === 'number' ? minimum : 0
    const most = typeof maximum === 'number' ? maximum : least + 100
    // What fits is at the edge as often as not.
    return this.is(0.7)
      ? (this.one([least, most, Math.floor((least + most) / 2)]) ?? 0)
      : (this.one(hostileNumbers) ?? 0)
  }

  private string(schema: WireSchema): string {
    const { format, $comment: meant } = schema
    if (this.is(0.75)) {
      if (format === 'uuid') return this.one(this.ids) ?? ''
      if (format === 'email') return `kim${this.random.whole(1, 9)}@example.test`
      if (meant === 'date') return new Date(this.random.whole(-1, 2 ** 31) * 1000).toISOString()
      if (meant === 'bigint') return String(this.random.whole(-1, 2 ** 31))
    }
    return this.is(0.15) ? (this.one(this.ids) ?? '') : this.text()
  }

  private anything(depth: number): unknown {
    const kinds: (() => unknown)[] = [
      () => null,
      () => this.text(),
      () => this.one(hostileNumbers),
      () => true,
    ]
    if (depth > 0) {
      kinds.push(() => [this.anything(depth - 1), this.anything(depth - 1)])
      kinds.push(() => Object.fromEntries([[this.text(), this.anything(depth - 1)]]))
    }
    return this.one(kinds)?.()
  }

  private text(): string {
    return this.one(hostileTexts) ?? ''
  }

  private one<T>(among: readonly T[]): T | undefined {
    return among[this.random.whole(0, among.length - 1)]
  }

  private is(chance: number): boolean {
    return this.random.next() < chance
  }
}
