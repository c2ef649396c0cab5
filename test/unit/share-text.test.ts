import { describe, expect, it } from 'vitest'
import {
  type AskedShare,
  blockSpans,
  readShare,
  roundingWords,
  shareFault,
  sharePresets,
} from '@/app/_lib/share-text'

const MIB = 1024n ** 2n
const GIB = 1024n ** 3n

describe('a share, as it is typed', () => {
  it.each([
    ['256 GiB', { shareBytes: 256n * GIB }],
    [' 1.5tib ', { shareBytes: 1536n * GIB }],
    ['450 MiB', { shareBytes: 450n * MIB }],
    [
      'memory36-39, 42',
      {
        blocks: [
          [36, 39],
          [42, 42],
        ],
      },
    ],
    ['blocks 7', { blocks: [[7, 7]] }],
  ])('%s is read', (text, share) => {
    expect(readShare(text)).toEqual(share)
  })

  it.each(['', 'some', '256', '-1 GiB', '256 GB', 'memory9-3', '0 GiB', 'memory99999999', '1,,2'])(
    '%s is not, and says why',
    (text) => {
      expect(readShare(text)).toHaveProperty('fault')
    },
  )

  it('is rounded down to whole blocks, and says so', () => {
    expect(roundingWords({ shareBytes: 450n * MIB }, 128n * MIB)).toBe(
      '3 blocks of 128 MiB, rounded down to 384 MiB.',
    )
    expect(roundingWords({ shareBytes: 384n * MIB }, 128n * MIB)).toBe('3 blocks of 128 MiB.')
    expect(roundingWords({ shareBytes: MIB }, 128n * MIB)).toContain('Less than one block')
    expect(roundingWords({ blocks: [[36, 39]] }, 2n * GIB)).toBe('4 blocks of 2 GiB, 8 GiB.')
  })

  it.each<[string, AskedShare, string | null]>([
    ['all there is', { shareBytes: 640n * MIB }, null],
    ['one block', { shareBytes: 128n * MIB }, null],
    ['more than is online', { shareBytes: 641n * MIB }, 'Only 640 MiB of dax0.0 are online'],
    ['less than a block', { shareBytes: 127n * MIB }, 'ask for 128 MiB or more'],
    ['blocks of both states', { blocks: [[36, 38]] }, null],
    ['blocks of another device', { blocks: [[39, 40]] }, 'dax0.0 has memory33–39: name blocks among these.'],
    [
      'one stranger among several',
      {
        blocks: [
          [33, 33],
          [52, 52],
        ],
      },
      'name blocks among these',
    ],
  ])('%s: what cannot be had is said before the host is asked', (_, share, fault) => {
    const spans: [number, number][] = [
      [38, 39],
      [33, 37],
    ]
    const bounds = { daxName: 'dax0.0', blockSizeBytes: 128n * MIB, spans, does: 'offline' } as const
    const said = shareFault(share, { ...bounds, thereBytes: 640n * MIB })
    if (fault === null) expect(said).toBeNull()
    else expect(said).toContain(fault)
    expect(shareFault(share, { ...bounds, thereBytes: 0n })).toBe(
      'None of dax0.0 is online: nothing is left to give back.',
    )
  })

  it('has presets in whole blocks, each size once and none of nothing', () => {
    expect(sharePresets(896n * MIB, 128n * MIB).map(({ text }) => text)).toEqual([
      '128 MiB',
      '384 MiB',
      '896 MiB',
    ])
    expect(sharePresets(128n * MIB, 128n * MIB).map(({ label }) => label)).toEqual(['All'])
    expect(sharePresets(0n, 128n * MIB)).toEqual([])
  })

  it('names its blocks', () => {
    expect(
      blockSpans([
        [33, 36],
        [39, 39],
      ]),
    ).toBe('memory33–36 and memory39')
    expect(blockSpans([])).toBe('no block')
  })
})
