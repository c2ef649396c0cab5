import { type RestRoute, restRoutes } from './routes'

/** What a request's method and path lead to. */
export type Match =
  | { type: 'route'; route: RestRoute; params: Record<string, string> }
  /** There is such a path, but not with this method; for the header Allow. */
  | { type: 'other methods'; allowed: string[] }
  | { type: 'nothing' }
  | { type: 'not readable' }

const isParam = (part: string) => part.startsWith('{')

/** What is written out comes before what matches anything: /hosts/parse is no host. */
const byLiteralness = restRoutes.toSorted((a, b) => literal(b) - literal(a))

function literal({ path }: RestRoute): number {
  return path.split('/').filter((part) => part !== '' && !isParam(part)).length
}

/** `path` is what follows /api/v1, as it stands in the address. HEAD is answered by what answers GET. */
export function matchRoute(method: string, path: string): Match {
  let parts: string[]
  try {
    // Split first: a slash that was encoded belongs to a name.
    parts = path.split('/').map(decodeURIComponent)
  } catch {
    return { type: 'not readable' }
  }
  const there = byLiteralness.flatMap((route) => {
    const params = paramsOf(route, parts)
    return params === null ? [] : [{ route, params }]
  })
  const wanted = method === 'HEAD' ? 'GET' : method
  const found = there.find(({ route }) => route.method === wanted)
  if (found !== undefined) return { type: 'route', ...found }
  if (there.length === 0) return { type: 'nothing' }
  const methods = there.flatMap(({ route }) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]))
  return { type: 'other methods', allowed: [...new Set(methods)].toSorted() }
}

function paramsOf({ path }: RestRoute, parts: readonly string[]): Record<string, string> | null {
  const pattern = path.split('/')
  if (pattern.length !== parts.length) return null
  const params: Record<string, string> = {}
  for (const [index, expected] of pattern.entries()) {
    const part = parts[index] ?? ''
    if (!isParam(expected)) {
      if (part !== expected) return null
    } else if (part === '') return null
    else params[expected.slice(1, -1)] = part
  }
  return params
}
