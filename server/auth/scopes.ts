import { permissions, routePermissions } from './permissions'
import { covers, type Right, rights } from './vocabulary'

/** What stands for every area in a scope. */
const everywhere = '*'

/** What a scope is about: the noun of a procedure (`hosts.list`), or of a route (`/metrics`). */
export function areaOf(path: string): string {
  return path.replace(/^\//, '').split(/[./]/)[0] ?? path
}

/** The areas in which a token can be given something. */
export function tokenAreas(): string[] {
  const open = [...Object.entries(permissions), ...Object.entries(routePermissions)]
    .filter(([, need]) => need.type === 'right' && !need.inPerson)
    .map(([path]) => areaOf(path))
  return [...new Set(open)].toSorted()
}

/** `hosts:operate`, `*:view`; null for what is none. */
export function parseScope(scope: string): { area: string; right: Right } | null {
  const [area = '', name = '', ...more] = scope.split(':')
  const right = rights.find((each) => each === name)
  if (right === undefined || more.length > 0) return null
  return area === everywhere || tokenAreas().includes(area) ? { area, right } : null
}

/** Whether one of the scopes lets its token do something that takes `needed` in this area. */
export function inScope(scopes: readonly string[], area: string, needed: Right): boolean {
  return scopes
    .map(parseScope)
    .some(
      (scope) => scope && (scope.area === everywhere || scope.area === area) && covers(scope.right, needed),
    )
}
