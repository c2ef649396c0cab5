import { hashKey, QueryCache, QueryClient, type QueryKey } from '@tanstack/react-query'
import { isSignedOut } from './trpc'

/** Answers stay fresh until the live stream says otherwise; a minute is the net below it. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: (error) => isSignedOut(error) && askToSignIn() }),
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        queryKeyHashFn: hashOfKey,
        refetchOnWindowFocus: true,
        retry: (count, error) => !isFinal(error) && count < 3,
      },
    },
  })
}

/** As the library has it, of bytes as well: JSON knows no bigint. */
export function hashOfKey(key: QueryKey): string {
  return hashKey(withBytes(key) as QueryKey)
}

function withBytes(value: unknown): unknown {
  if (typeof value === 'bigint') return { bytes: String(value) }
  if (Array.isArray(value)) return value.map(withBytes)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withBytes(each)]))
}

/** A full load, so that nothing of the old session stays in memory; the way back is kept. */
function askToSignIn(): void {
  if (typeof window === 'undefined' || window.location.pathname === '/sign-in') return
  const { pathname, search } = window.location
  window.location.assign(`/sign-in?next=${encodeURIComponent(pathname + search)}`)
}

/** The server understood and refused: asking again gives the same answer. */
function isFinal(error: unknown): boolean {
  if (isSignedOut(error)) return true
  if (typeof error !== 'object' || error === null || !('data' in error)) return false
  const data: unknown = error.data
  if (typeof data !== 'object' || data === null || !('httpStatus' in data)) return false
  return typeof data.httpStatus === 'number' && data.httpStatus >= 400 && data.httpStatus < 500
}
