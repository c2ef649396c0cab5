'use client'

import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'

const SORTS = ['name', 'state', 'kernel', 'memTotal', 'convertible', 'lastSeen'] as const
export type Sort = (typeof SORTS)[number]

/** Filter and sort live in the URL: any view can be pasted to a colleague. */
export function useHostView() {
  return useQueryStates({
    q: parseAsString.withDefault(''),
    sort: parseAsStringLiteral(SORTS).withDefault('name'),
    dir: parseAsStringLiteral(['asc', 'desc'] as const).withDefault('asc'),
  })
}
