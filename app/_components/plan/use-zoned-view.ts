'use client'

import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'

const ZONES = ['movable', 'kernel', 'policy'] as const

/** Zone, plan and run are in the URL: a reload, or a colleague, sees the same. */
export function useZonedView() {
  return useQueryStates({
    zone: parseAsStringLiteral(ZONES).withDefault('movable'),
    plan: parseAsString,
    run: parseAsString,
  })
}
