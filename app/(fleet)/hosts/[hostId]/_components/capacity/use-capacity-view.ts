'use client'

import { parseAsArrayOf, parseAsBoolean, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { HOST_DIVISIONS } from '@/server/capacity/vocabulary'
import { LINE_NAMES } from './host-chart'

/** How the chart is divided, which lines lie over it, and whether its table stands in its place: all in the URL. */
export function useCapacityView() {
  return useQueryStates({
    by: parseAsStringLiteral(HOST_DIVISIONS).withDefault('tier'),
    lines: parseAsArrayOf(parseAsStringLiteral(LINE_NAMES)).withDefault([]),
    table: parseAsBoolean.withDefault(false),
  })
}
