import { describe, expect, it } from 'vitest'
import { blockSpans, readShare, roundingWords, sharePresets } from '@/app/_lib/share-text'

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
