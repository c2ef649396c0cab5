import { type Role, roles } from '@/server/auth/vocabulary'
import type { OidcSettings } from './settings'

/**
 * The role the provider gives, the highest of several; viewer where the claim names none we know. Null where roles are
 * given here. A claim is one text or a list of texts; anything else names nothing.
 */
export function roleOfClaims(
  claims: Readonly<Record<string, unknown>>,
  { roles: mapping }: Pick<OidcSettings, 'roles'>,
): Role | null {
  if (mapping === null) return null
  const claim = Object.hasOwn(claims, mapping.claim) ? claims[mapping.claim] : undefined
  const values = Array.isArray(claim) ? claim : [claim]
  const given = values.flatMap((value) =>
    typeof value === 'string' && Object.hasOwn(mapping.byValue, value) ? [mapping.byValue[value]] : [],
  )
  return roles.findLast((role) => given.includes(role)) ?? 'viewer'
}
