import type { MapFill } from './map-paths'

interface Look {
  /** Classes of the colour, and what lies over it. */
  color: string
  over: string | null
}

/** The tiers as everywhere; free memory from pale to full; states by colour and pattern. */
export const MAP_FILLS: Record<string, Look> = {
  dram: { color: 'fill-tier-dram', over: null },
  pmem: { color: 'fill-tier-pmem', over: 'url(#fill-stripes)' },
  cxl: { color: 'fill-tier-cxl', over: 'url(#fill-dots)' },
  hbm: { color: 'fill-tier-hbm', over: 'url(#fill-lines)' },
  convertible: { color: 'fill-none', over: 'url(#fill-hatch)' },
  free0: { color: 'fill-accent', over: null },
  free1: { color: 'fill-accent opacity-75', over: null },
  free2: { color: 'fill-accent opacity-50', over: null },
  free3: { color: 'fill-accent opacity-30', over: null },
  free4: { color: 'fill-accent opacity-15', over: null },
  'tone-ok': { color: 'fill-ok', over: null },
  'tone-run': { color: 'fill-run', over: 'url(#fill-lines)' },
  'tone-wait': { color: 'fill-line-strong', over: null },
  'tone-warn': { color: 'fill-warn', over: 'url(#fill-dots)' },
  'tone-fail': { color: 'fill-fail', over: 'url(#fill-rules)' },
  'tone-skip': { color: 'fill-line-strong', over: 'url(#fill-lines)' },
  'tone-lost': { color: 'fill-lost', over: 'url(#fill-stripes)' },
  unknown: { color: 'fill-wait-bg stroke-line-strong', over: null },
}

export function mapLook(fill: MapFill): Look {
  return MAP_FILLS[fill] ?? { color: 'fill-wait-bg', over: null }
}

export const FILL_WORDS: Record<string, string> = {
  dram: 'DRAM',
  pmem: 'PMEM',
  cxl: 'CXL',
  hbm: 'HBM',
  convertible: 'convertible',
  free0: 'under 20 % available',
  free1: '20 to 40 %',
  free2: '40 to 60 %',
  free3: '60 to 80 %',
  free4: 'over 80 %',
  'tone-ok': 'ready',
  'tone-run': 'at work',
  'tone-wait': 'not probed yet',
  'tone-warn': 'needs attention',
  'tone-fail': 'refused or failed',
  'tone-skip': 'left out',
  'tone-lost': 'unreachable',
  unknown: 'not heard from',
}

/** In the order a legend tells them. */
export const FILL_ORDER = Object.keys(FILL_WORDS)
