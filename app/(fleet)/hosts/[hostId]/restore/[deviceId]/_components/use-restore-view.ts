'use client'

import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { partialPolicies } from '@/server/plans/vocabulary'

/** Policy, plan and run are in the URL: a reload, or a colleague, sees the same. */
export function useRestoreView() {
  return useQueryStates({
    partial: parseAsStringLiteral(partialPolicies).withDefault('roll_back'),
    plan: parseAsString,
    run: parseAsString,
  })
}
