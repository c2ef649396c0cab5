'use client'

import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTRPC } from './trpc'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** One host with all there is to show of it; `isMissing` where the address names none. */
export function useHost(hostId: string) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const isId = UUID.test(hostId)
  const removal = trpc.hosts.remove.mutationKey()
  const query = useQuery(
    trpc.hosts.get.queryOptions(
      { hostId },
      { enabled: () => isId && !isBeingRemoved(queries, removal, hostId) },
    ),
  )
  const isMissing = !isId || query.error?.data?.code === 'NOT_FOUND'
  return { ...query, isMissing }
}

/** From the press to the next page: whoever removes a host is not told that it is missing. */
function isBeingRemoved(queries: QueryClient, mutationKey: readonly unknown[], hostId: string): boolean {
  return queries
    .getMutationCache()
    .findAll({ mutationKey: [...mutationKey] })
    .some(({ state }) => {
      const { variables, data, status } = state
      return idOf(variables) === hostId && (status === 'pending' || (status === 'success' && isDone(data)))
    })
}

function idOf(variables: unknown): unknown {
  return typeof variables === 'object' && variables !== null && 'hostId' in variables
    ? variables.hostId
    : null
}

function isDone(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'type' in answer && answer.type === 'done'
}
