import { type Need, permissions } from './permissions'
import type { Principal } from './principal'
import { covers, rightOf, roleFor } from './vocabulary'

/** Why somebody may not do something, in words for them. */
export interface AccessRefusal {
  type: 'sign_in' | 'forbidden'
  message: string
  next: string
}

/** Null when `who` may call the procedure at `path`; what the table does not know is refused to everybody. */
export function refusalOf(path: string, who: Principal | null): AccessRefusal | null {
  const need = Object.hasOwn(permissions, path) ? permissions[path] : undefined
  if (need === undefined)
    return forbidden(`Nobody may call ${path}: it is missing in the table of permissions.`, '')
  if (need.type === 'public') return null
  if (who === null) return { type: 'sign_in', message: 'Sign in first.', next: '' }
  return need.type === 'own' ? null : refusalOfRight(need, who)
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

function refusalOfRight({ right }: Need & { type: 'right' }, who: Principal): AccessRefusal | null {
  if (!covers(rightOf(who.role), right))
    return forbidden(`This takes the role ${roleFor(right)}; yours is ${who.role}.`, 'Ask an admin for it.')
  return null
}

function forbidden(message: string, next: string): AccessRefusal {
  return { type: 'forbidden', message, next }
}
