'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTRPCClient } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'

/** The server's verdict on each pasted line, a moment after one stops typing. */
export function useParsedHosts(text: string, defaultUsername: string) {
  const client = useTRPCClient()
  const settled = useDebounced(text, 250)
  const username = useDebounced(defaultUsername.trim(), 250)
  const query = useQuery({
    queryKey: ['parse-hosts', settled, username],
    queryFn: ({ signal }) =>
      client.hosts.parse.mutate({ text: settled, defaultUsername: username }, { signal }),
    enabled: settled.trim() !== '' && username !== '',
    placeholderData: keepPreviousData,
    staleTime: 0,
    retry: false,
  })
  const isSettled = settled === text && username === defaultUsername.trim() && !query.isFetching
  return { rows: settled.trim() === '' ? [] : (query.data?.rows ?? []), error: query.error, isSettled }
}
