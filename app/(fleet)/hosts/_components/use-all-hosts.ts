'use client'

import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPCClient } from '@/app/_lib/trpc'
import type { HostRow } from '@/server/hosts/schemas/row'
import type { HostQuery } from './use-host-window'

/** Reads every host that matches, when something is to be done with all of them; null when that failed. */
export function useAllHosts(view: HostQuery): () => Promise<readonly HostRow[] | null> {
  const client = useTRPCClient()
  return async () => {
    try {
      return (await client.hosts.list.query(view)).hosts
    } catch (error) {
      notify({ tone: 'fail', ...describeFault(error) })
      return null
    }
  }
}
