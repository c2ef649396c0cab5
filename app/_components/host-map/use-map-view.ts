'use client'

import { parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { COLOURINGS, SIZINGS } from './map-paths'

/** How the map is grouped, coloured and sized lives in the URL; an empty group is none, no group is the usual one. */
export function useMapView() {
  return useQueryStates({
    group: parseAsString,
    colour: parseAsStringLiteral(COLOURINGS).withDefault('tier'),
    size: parseAsStringLiteral(SIZINGS).withDefault('same'),
    maptable: parseAsBoolean.withDefault(false),
  })
}
