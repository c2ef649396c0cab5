import { QueryClient } from '@tanstack/react-query'
import { isSignedOut } from './trpc'

/** Answers stay fresh until the live stream says otherwise; a minute is the net below it. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        refetchOnWindowFocus: true,
        retry: (count, error) => !isFinal(error) && count < 3,
      },
    },
  })
}

/** The server understood and refused: asking again gives the same answer. */
function isFinal(error: unknown): boolean {
  if (isSignedOut(error)) return true
  if (typeof error !== 'object' || error === null || !('data' in error)) return false
  const data: unknown = error.data
  if (typeof data !== 'object' || data === null || !('httpStatus' in data)) return false
  return typeof data.httpStatus === 'number' && data.httpStatus >= 400 && data.httpStatus < 500
}
