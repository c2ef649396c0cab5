'use client'

import { useQuery } from '@tanstack/react-query'
import { clsx } from 'clsx'
import Link from 'next/link'
import { useTRPC } from '@/app/_lib/trpc'
import type { HostDetail } from '@/server/hosts/schemas/detail'

export const HOST_TABS = ['memory', 'runs', 'capacity', 'access', 'audit'] as const
export type HostTab = (typeof HOST_TABS)[number]
const WORDS: Record<HostTab, string> = {
  memory: 'Memory',
  runs: 'Runs',
  capacity: 'Capacity',
  access: 'Access',
  audit: 'Audit',
}

/** Links, not script: the tab is in the URL, and opens in a new window like any page. */
export function HostTabs({ host, tab }: { host: HostDetail; tab: HostTab }) {
  const trpc = useTRPC()
  const runs = useQuery(trpc.jobs.list.queryOptions({ hostId: host.id }))
  const count = runs.data?.jobs.length ?? 0
  return (
    <nav
      aria-label="About this host"
      className="flex gap-[18px] overflow-x-auto border-line border-b text-ink-2"
    >
      {HOST_TABS.map((each) => (
        <Link
          key={each}
          href={{ pathname: `/hosts/${host.id}`, query: each === 'memory' ? {} : { tab: each } }}
          scroll={false}
          aria-current={each === tab ? 'page' : undefined}
          className={clsx(
            '-mb-px border-b-2 pt-1.5 pb-1.5 whitespace-nowrap',
            each === tab ? 'border-accent font-medium text-ink' : 'border-transparent hover:text-ink',
          )}
        >
          {WORDS[each]}
          {each === 'runs' && count > 0 ? <span className="ml-1.5 text-ink-3">{count}</span> : null}
        </Link>
      ))}
    </nav>
  )
}
