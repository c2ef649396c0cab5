'use client'

import { useRouter } from 'next/navigation'
import { namesSelector, newRolloutPath } from '@/app/_lib/kept-lists'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPCClient } from '@/app/_lib/trpc'
import type { HostRow } from '@/server/hosts/schemas/row'

/**
 * Leads to a new rollout over what is selected: all that match as a selector, which the server resolves when the rollout
 * is made; anything less as a fixed list of names. The same for a filter that no selector can say.
 */
export function useRolloutOver(query: string, readAll: () => Promise<readonly HostRow[] | null>) {
  const client = useTRPCClient()
  const router = useRouter()
  return async (selected: ReadonlySet<string>, isAll: boolean): Promise<void> => {
    try {
      const said = isAll ? await client.rollouts.fromHostQuery.query({ query }) : null
      if (said?.type === 'selector') return router.push(newRolloutPath(said.selector))
      const hosts = await readAll()
      if (hosts === null) return
      const names = hosts.filter(({ id }) => selected.has(id)).map(({ name }) => name)
      router.push(newRolloutPath(namesSelector(names)))
    } catch (error) {
      notify({ tone: 'fail', ...describeFault(error) })
    }
  }
}
