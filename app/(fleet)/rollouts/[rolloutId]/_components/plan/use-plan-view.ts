'use client'

import { parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'

/** Which devices of a plan are looked at: in the URL, so that a colleague sees the same. */
export function usePlanView() {
  return useQueryStates({
    q: parseAsString.withDefault(''),
    state: parseAsStringLiteral(['planning', 'planned', 'excluded'] as const),
    wave: parseAsInteger,
    hazard: parseAsString,
    sort: parseAsStringLiteral(['order', 'host', 'gain', 'lost', 'memmap'] as const).withDefault('order'),
    dir: parseAsStringLiteral(['asc', 'desc'] as const).withDefault('asc'),
    page: parseAsInteger.withDefault(0),
    open: parseAsString,
  })
}
export type PlanView = ReturnType<typeof usePlanView>[0]
