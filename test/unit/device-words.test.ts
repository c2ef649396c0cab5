import { describe, expect, it } from 'vitest'
import { deviceTrouble, troubleWords } from '@/app/_lib/device-words'

const MiB = 1024n * 1024n
const run = (first: number, last: number, state: 'online' | 'offline') => ({
  first,
  last,
  state,
  zones: 'Movable',
  node: 1,
})
const host = { blockSizeBytes: 128n * MiB }
const device = {
  daxName: 'dax0.0',
  state: 'partial',
  blocks: [run(32, 32, 'online'), run(33, 33, 'offline'), run(34, 38, 'online')],
  onlineBytes: 768n * MiB,
  usableBytes: 896n * MiB,
  movable: true,
  refusals: [],
} as const

describe('a converted device with a block offline', () => {
  it('names the block, how much it is, and the one next action', () => {
    expect(deviceTrouble({ ...device, blocks: [...device.blocks], refusals: [] }, host)).toEqual({
      message:
        'memory33 of dax0.0 is offline: 128 MiB not in use, 768 MiB of the 896 MiB predicted are online.',
      next: expect.stringMatching(/^Bring it online: a plan shows/),
      planZone: 'movable',
    })
  })

  it('names spans, and not all of very many', () => {
    const off = [run(33, 35, 'offline'), run(40, 40, 'offline')]
    expect(deviceTrouble({ ...device, blocks: off, refusals: [] }, host)?.message).toMatch(
      /^memory33–35 and memory40 of dax0.0 are offline: 512 MiB not in use/,
    )
    const many = Array.from({ length: 9 }, (_, at) => run(at * 2, at * 2, 'offline'))
    expect(deviceTrouble({ ...device, blocks: many, refusals: [] }, host)?.message).toMatch(
      /^memory0, memory2, memory4, memory6 and 5 more spans of blocks of dax0.0 are offline/,
    )
  })

  it('is brought online in the zone its other blocks are in', () => {
    const inNormal = { ...device, blocks: [...device.blocks], refusals: [], movable: false }
    expect(deviceTrouble(inNormal, host)?.planZone).toBe('kernel')
  })

  it('says what stands in the way where no plan can help', () => {
    const refusal = { code: 'media_errors', message: 'It has 3 bad sectors.', next: 'Replace the media.' }
    expect(deviceTrouble({ ...device, blocks: [...device.blocks], refusals: [refusal] }, host)).toMatchObject(
      {
        message: expect.stringContaining('It has 3 bad sectors.'),
        next: 'Replace the media.',
        planZone: null,
      },
    )
  })
})

describe('a device as it should be', () => {
  it.each(['system_ram', 'convertible', 'incompatible'] as const)('%s needs nothing', (state) => {
    expect(deviceTrouble({ ...device, blocks: [], refusals: [], state }, host)).toBeNull()
  })
})

describe('a host’s trouble in a list', () => {
  const trouble = {
    daxName: 'dax0.0',
    state: 'partial',
    onlineBlocks: 6,
    totalBlocks: 7,
    otherDevices: 0,
  } as const

  it.each([
    [trouble, '1 of 7 blocks of dax0.0 is offline'],
    [{ ...trouble, onlineBlocks: 3 }, '4 of 7 blocks of dax0.0 are offline'],
    [{ ...trouble, onlineBlocks: 7 }, 'dax0.0 has fewer blocks than predicted'],
    [{ ...trouble, state: 'unbound' as const }, 'dax0.0 has no driver'],
    [
      { ...trouble, otherDevices: 2 },
      '1 of 7 blocks of dax0.0 is offline, and 2 more devices not as planned',
    ],
  ])('%#: %s', (given, words) => {
    expect(troubleWords(given)).toBe(words)
  })
})
