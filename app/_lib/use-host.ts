'use client'

import { useQuery } from '@tanstack/react-query'
import { useTRPC } from './trpc'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** One host with all there is to show of it; `isMissing` where the address names none. */
export function useHost(hostId: string) {
  const trpc = useTRPC()
  const isId = UUID.test(hostId)
  const query = useQuery(trpc.hosts.get.queryOptions({ hostId }, { enabled: isId }))
  const isMissing = !isId || query.error?.data?.code === 'NOT_FOUND'
  return { ...query, isMissing }
}
