'use client'

import { parseAsInteger, parseAsIsoDateTime, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { auditSubjects } from '@/server/audit/vocabulary'

/** What is looked for lives in the URL: a colleague sees the same entries. */
export function useAuditView() {
  return useQueryStates({
    who: parseAsString.withDefault(''),
    what: parseAsString.withDefault(''),
    on: parseAsStringLiteral(auditSubjects),
    since: parseAsIsoDateTime,
    until: parseAsIsoDateTime,
    page: parseAsInteger.withDefault(0),
  })
}
export type AuditView = ReturnType<typeof useAuditView>[0]
