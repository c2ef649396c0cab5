import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatExactBytes,
  formatMoment,
  formatSignedBytes,
  formatSpan,
  plural,
  shorten,
} from '@/app/_lib/format'

const MIB = 1024n ** 2n
const GIB = 1024n ** 3n
const TIB = 1024n ** 4n

describe('bytes', () => {
  test.each([
    [0n, '0 B'],
    [1023n, '1023 B'],
    [1024n, '1 KiB'],
    [896n * MIB, '896 MiB'],
    [1006n * MIB, '1006 MiB'],
    [756n * GIB, '756 GiB'],
    [2027n * GIB, '1.97 TiB'],
    [(15n * GIB) / 10n, '1.5 GiB'],
    [-2n * GIB, '−2 GiB'],
  ])('%s reads %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })

  test('never claim more than is there: one byte less than a unit stays below it', () => {
    expect(formatBytes(TIB - 1n)).toBe('1023 GiB')
    expect(formatBytes(752n * GIB - 1n)).toBe('751 GiB')
  })

  test('stay exact beyond what a double can hold', () => {
    expect(formatExactBytes(2n ** 63n - 1n)).toBe('9,223,372,036,854,775,807 bytes')
    expect(formatExactBytes(1n)).toBe('1 byte')
  })

  test('as shown are never above the true figure and less than one percent below it', () => {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 63n), (bytes) => {
        const [figure = '', unit = ''] = formatBytes(bytes).split(' ')
        const hundredths = BigInt(Math.round(Number(figure) * 100))
        const shown = (hundredths * 1024n ** BigInt(units.indexOf(unit))) / 100n
        expect(shown).toBeLessThanOrEqual(bytes)
        expect((bytes - shown) * 100n).toBeLessThanOrEqual(bytes)
      }),
    )
  })

  test('as a difference carry their sign', () => {
    expect(formatSignedBytes(896n * MIB)).toBe('+896 MiB')
    expect(formatSignedBytes(-2n * GIB)).toBe('−2 GiB')
    expect(formatSignedBytes(0n)).toBe('±0 B')
  })
})

test('counts have thousands apart and agree with their noun', () => {
  expect(formatCount(1204)).toBe('1,204')
  expect(plural(1, 'host')).toBe('1 host')
  expect(plural(1204, 'host')).toBe('1,204 hosts')
  expect(plural(2, 'retry', 'retries')).toBe('2 retries')
})

test.each([
  [0.4, '0.4 ms'],
  [2, '2 ms'],
  [1940, '1.9 s'],
  [38_400, '38 s'],
  [125_000, '2 min 05 s'],
  [3_840_000, '1 h 04 min'],
])('%s milliseconds read %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test.each([
  [0, 'now'],
  [4, '4 s ago'],
  [200, '3 min ago'],
  [7300, '2 h ago'],
  [5 * 86_400, '5 d ago'],
  [-240, 'in 4 min'],
])('%s seconds before now reads %s', (seconds, text) => {
  const now = new Date('2026-11-22T12:00:00Z')
  expect(formatAgo(new Date(now.getTime() - seconds * 1000), now)).toBe(text)
})

test('a span is never nothing, not even where the clocks differ', () => {
  const now = new Date('2026-11-22T12:00:00Z')
  expect(formatSpan(new Date('2026-11-22T11:57:00Z'), now)).toBe('3 min')
  expect(formatSpan(new Date('2026-11-22T12:00:09Z'), now)).toBe('1 s')
})

test('a moment names its zone', () => {
  expect(formatMoment(new Date('2026-11-22T12:00:00Z'))).toMatch(/^2026-11-2\d \d\d:\d\d:00 \S+/)
})

test('no page writes dates in a way of its own', () => {
  const app = fileURLToPath(new URL('../../app/', import.meta.url))
  const sources = readdirSync(app, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.tsx?$/.test(file),
  )
  expect(sources.length).toBeGreaterThan(100)
  const ownWay = /\.(toLocale(Date|Time)?|toDate|toUTC)String\(|dateStyle|timeStyle/
  expect(sources.filter((file) => ownWay.test(readFileSync(app + file, 'utf8')))).toEqual([])
})

test('a long identity keeps its two ends', () => {
  expect(shorten('e56220e2-1111-2222-3333-44444444518c')).toBe('e56220e2…518c')
  expect(shorten('dax0.0')).toBe('dax0.0')
})
