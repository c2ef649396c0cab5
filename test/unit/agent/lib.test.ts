import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '@/agents/lib/canonical'
import { countSpans, idsOf, toSpans } from '@/agents/lib/spans'
import { decodeUtf8, encodeUtf8 } from '@/agents/lib/utf8'
import { byNumber } from '@/agents/read/files'

describe('what the agent brings along because QuickJS lacks it', () => {
  it('writes canonical JSON as the reference implementation of RFC 8785 does', () => {
    const plain = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'binary' }),
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 5 }),
      ),
    })).value
    fc.assert(
      fc.property(plain, (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(value))
      }),
    )
  })

  it('refuses a fraction, for none belongs into a plan', () => {
    expect(() => canonicalJson({ a: 0.5 })).toThrow(TypeError)
  })

  it('encodes and decodes UTF-8 as Node does, malformed bytes included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeUtf8(encodeUtf8(text))).toBe(text)
        expect(encodeUtf8(text)).toEqual(new Uint8Array(Buffer.from(text)))
      }),
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => typeof decodeUtf8(bytes) === 'string'))
  })

  it('keeps ids and their spans the same set', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200)), (ids) => {
        const spans = toSpans(ids)
        expect([...idsOf(spans)]).toEqual([...new Set(ids)].sort((a, b) => a - b))
        expect(countSpans(spans)).toBe(new Set(ids).size)
      }),
    )
  })

  it('sorts names as people count', () => {
    expect(['dax10.0', 'dax2.1', 'dax2.0'].sort(byNumber)).toEqual(['dax2.0', 'dax2.1', 'dax10.0'])
  })
})
