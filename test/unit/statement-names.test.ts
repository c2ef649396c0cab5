import { describe, expect, it } from 'vitest'
import { createStatementNames } from '@/server/lib/statement-names'

describe('names of statements', () => {
  it('are given to what keeps coming, the same each time and in every process', () => {
    const [one, other] = [createStatementNames(), createStatementNames()]
    const text = 'SELECT $1'
    expect([one(text), one(text), other(text), other(text)]).toEqual([null, null, null, null])
    expect(one(text)).toMatch(/^daxfleet_[\w-]{22}$/)
    expect(one(text)).toBe(other(text))
    // Postgres cuts names off at 63 bytes.
    expect(one(text)?.length).toBeLessThan(63)
  })

  it('are bounded: texts that vary without end take no memory in any backend', () => {
    const name = createStatementNames(10)
    const named = new Set<string>()
    for (let n = 0; n < 1000; n++)
      for (let times = 0; times < 3; times++) {
        const given = name(`SELECT ${n}`)
        if (given !== null) named.add(given)
      }
    expect(named.size).toBe(10)
    expect(name('SELECT 3')).not.toBeNull()
  })

  it('are not used up by texts that come once', () => {
    const name = createStatementNames(10)
    for (let n = 0; n < 10_000; n++) expect(name(`SELECT ${n}`)).toBeNull()
    name('SELECT one')
    name('SELECT one')
    expect(name('SELECT one')).not.toBeNull()
  })
})
