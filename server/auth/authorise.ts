import { type Need, permissions, routePermissions } from './permissions'
import type { Principal } from './principal'
import { areaOf, inScope } from './scopes'
import { covers, rightOf, roleFor } from './vocabulary'

/** Why somebody may not do something, in words for them. */
export interface AccessRefusal {
  type: 'sign_in' | 'forbidden'
  message: string
  next: string
}

/**
 * Null when `who` may call the procedure (`hosts.list`) or route (`/metrics`) at `path`. What the table does not know is
 * refused to everybody, and so is a route that only hands on.
 */
export function refusalOf(path: string, who: Principal | null): AccessRefusal | null {
  const table = path.startsWith('/') ? routePermissions : permissions
  const need = Object.hasOwn(table, path) ? table[path] : undefined
  if (need === undefined || need.type === 'by procedure')
    return forbidden(`Nobody may call ${path}: the table of permissions does not say who.`, '')
  if (need.type === 'public') return null
  if (who === null) return { type: 'sign_in', message: 'Sign in first.', next: '' }
  if (who.via.type === 'token' && (need.type === 'own' || need.inPerson))
    return forbidden('No token may do this.', 'Sign in, and do it on the page.')
  if (need.type === 'own') return null
  if (who.secondFactor === 'due')
    return forbidden(
      'Here everybody signs in with a second factor, and you have none yet.',
      'Set one up in Settings, Your account.',
    )
  return refusalOfRight(path, need, who)
}

/** Every procedure that is refused to `who`, with the reason: what the pages show beside what they disable. */
export function refusedTo(who: Principal): Record<string, string> {
  const refused: Record<string, string> = {}
  for (const path of Object.keys(permissions)) {
    const refusal = refusalOf(path, who)
    if (refusal !== null) refused[path] = `${refusal.message} ${refusal.next}`.trim()
  }
  return refused
}

function refusalOfRight(
  path: string,
  { right }: Need & { type: 'right' },
  who: Principal,
): AccessRefusal | null {
  const { via, role } = who
  if (!covers(rightOf(role), right)) {
    const whose = via.type === 'token' ? `${who.email}, whose token this is, is` : 'yours is'
    return forbidden(`This takes the role ${roleFor(right)}; ${whose} ${role}.`, 'Ask an admin for it.')
  }
  if (via.type === 'session' || inScope(via.scopes, areaOf(path), right)) return null
  const lacking = `${areaOf(path)}:${right}`
  return forbidden(
    `The token lacks the scope ${lacking}.`,
    `Make one with ${lacking} in Settings, API tokens.`,
  )
}

function forbidden(message: string, next: string): AccessRefusal {
  return { type: 'forbidden', message, next }
}
