'use client'

import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { partialPolicies } from '@/server/plans/vocabulary'

/** What is done, how much, the terms, plan and run are in the URL: a reload, or a colleague, sees the same. */
export function useShareView() {
  return useQueryStates({
    does: parseAsStringLiteral(['offline', 'online'] as const).withDefault('offline'),
    size: parseAsString,
    partial: parseAsStringLiteral(partialPolicies).withDefault('roll_back'),
    zone: parseAsStringLiteral(['movable', 'kernel'] as const).withDefault('movable'),
    plan: parseAsString,
    run: parseAsString,
  })
}
