import { formatBytes } from '@/app/_lib/format'
import { labelsToText } from '@/app/_lib/labels'
import { standingMark } from '@/app/_lib/states'
import type { CapacityMap } from '@/server/capacity/schema'
import { kibToBytes } from '../chart/axis'
import { FILL_WORDS } from './map-fills'
import { availableShare, SHARE_SERIES } from './map-paths'

/** A host in a sentence: what it is called, how it stands, and what its memory is made of. */
export function hostWords(map: CapacityMap, place: number): string {
  const total = map.totalKib[place] ?? null
  const available = availableShare(map, place)
  const parts = SHARE_SERIES.flatMap((name) => {
    const kib = map.series[name][place] ?? 0
    return kib > 0 ? [`${FILL_WORDS[name]} ${formatBytes(kibToBytes(kib))}`] : []
  })
  return [
    [map.names[place], labelsToText(map.labels[place] ?? {})].filter(Boolean).join(' '),
    standingMark(map.standings[place] ?? '').word,
    total === null
      ? parts.length === 0
        ? 'nothing heard yet'
        : `silent; last heard of ${parts.join(', ')}`
      : `${formatBytes(kibToBytes(total))} online${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`,
    ...(available === null ? [] : [`${Math.round(available * 100)} % available`]),
  ].join(' · ')
}
