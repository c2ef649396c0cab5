import type { QueryClient, QueryFilters } from '@tanstack/react-query'

/**
 * Reads again what matches and is shown. A query whose first answer is still on its way is not asked a second time by
 * `invalidateQueries`, and that answer may be from before the change: it is read once more when it has come.
 */
export function readAgain(queries: QueryClient, filters: QueryFilters = {}): Promise<void> {
  const underway = queries
    .getQueryCache()
    .findAll(filters)
    .filter(({ state }) => state.data === undefined && state.fetchStatus !== 'idle')
  for (const { promise, queryKey } of underway) {
    const again = () => queries.invalidateQueries({ queryKey, exact: true })
    // One that fails is told as such, and asked again by its own retries.
    promise?.then(again, () => {})
  }
  return queries.invalidateQueries(filters)
}
