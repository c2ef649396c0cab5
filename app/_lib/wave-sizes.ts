import type { WaveSize } from '@/server/rollouts/policy'
import { formatCount, plural } from './format'

const most = { waves: 100, hosts: 100_000 }

export type ParsedWaves = { ok: true; waves: WaveSize[] } | { ok: false; fault: string }

/** `5, 10 %, 25 %, rest`: numbers are hosts, `rest` is all that are left. The last size is repeated. */
export function parseWaveSizes(text: string): ParsedWaves {
  const words = text.split(',').map((word) => word.trim().toLowerCase())
  if (words.every((word) => word === '')) return { ok: false, fault: 'Say at least one wave, as in: rest.' }
  if (words.length > most.waves) return { ok: false, fault: `There are at most ${most.waves} sizes.` }
  const waves: WaveSize[] = []
  for (const word of words) {
    const size = waveSize(word)
    if (typeof size === 'string') return { ok: false, fault: size }
    waves.push(size)
  }
  return { ok: true, waves }
}

function waveSize(word: string): WaveSize | string {
  if (word === 'rest') return { percent: 100 }
  const match = /^(\d{1,6}(?:\.\d{1,3})?)\s*(%|hosts?)?$/.exec(word)
  const [, figure = '', unit] = match ?? []
  const number = Number(figure)
  if (match === null) return `${word || 'Nothing'} is no size of a wave: write 5, 10 % or rest.`
  if (unit === '%')
    return number > 0 && number <= 100 ? { percent: number } : 'A share is above 0 % and at most 100 %.'
  return Number.isInteger(number) && number >= 1 && number <= most.hosts
    ? { hosts: number }
    : `A wave has from 1 to ${formatCount(most.hosts)} hosts.`
}

export function waveSizesText(waves: readonly WaveSize[]): string {
  return waves.map((size) => sizeText(size, String)).join(', ')
}

/** `10 %`, `5 hosts`, `the rest` */
export function waveSizeWords(size: WaveSize): string {
  return sizeText(size, (hosts) => plural(hosts, 'host')).replace(/^rest$/, 'the rest')
}

function sizeText(size: WaveSize, ofHosts: (hosts: number) => string): string {
  if ('hosts' in size) return ofHosts(size.hosts)
  return size.percent === 100 ? 'rest' : `${size.percent} %`
}
