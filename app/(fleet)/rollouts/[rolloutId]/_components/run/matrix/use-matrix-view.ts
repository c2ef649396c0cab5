'use client'

import { parseAsArrayOf, parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { hostOutcomes } from '@/server/rollouts/vocabulary'

/** What of the matrix is shown, and which host is open, live in the URL: any view can be pasted to a colleague. */
export function useMatrixView() {
  return useQueryStates({
    q: parseAsString.withDefault(''),
    state: parseAsArrayOf(parseAsStringLiteral(hostOutcomes)).withDefault([]),
    /** As people count: from 1. */
    wave: parseAsInteger,
    cause: parseAsString,
    host: parseAsString,
  })
}
export type MatrixView = ReturnType<typeof useMatrixView>[0]
export type SetMatrixView = ReturnType<typeof useMatrixView>[1]
