'use client'

import { useQuery } from '@tanstack/react-query'
import { clsx } from 'clsx'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { formatCount } from '@/app/_lib/format'
import { RUNNING_ROLLOUTS } from '@/app/_lib/rollout-phases'
import { useTRPC } from '@/app/_lib/trpc'
import { Logo } from '../logo'
import { Account } from './account'
import { NAV_ITEMS } from './nav-items'

const live = (count: number | undefined) => (count ? `${formatCount(count)} live` : '')

export function Sidebar() {
  const pathname = usePathname()
  const trpc = useTRPC()
  const { data: summary } = useQuery(trpc.hosts.summary.queryOptions())
  const { data: rollouts } = useQuery(
    trpc.rollouts.list.queryOptions({ states: [...RUNNING_ROLLOUTS], limit: 1 }),
  )
  const { data: approvals } = useQuery(trpc.approvals.list.queryOptions({ states: ['waiting'], limit: 1 }))
  const counts: Record<string, string> = {
    '/hosts': summary ? formatCount(summary.hosts) : '',
    '/runs': live(summary?.runningJobs),
    '/rollouts': live(rollouts?.matching),
    '/approvals': approvals?.waiting ? `${formatCount(approvals.waiting)} waiting` : '',
  }

  return (
    <aside
      aria-label="Daxfleet"
      className="flex flex-wrap items-center gap-1 border-line border-b bg-surface px-2.5 py-1.5 md:sticky md:top-0 md:h-dvh md:flex-col md:flex-nowrap md:items-stretch md:gap-0.5 md:border-r md:border-b-0 md:py-3.5"
    >
      <Link
        href="/"
        className="flex items-center gap-2 rounded-md px-2 py-0.5 font-semibold text-[14px] max-sm:px-1 md:mb-3"
      >
        <Logo />
        <span className="max-sm:sr-only">Daxfleet</span>
      </Link>
      {/* On a narrow screen in rows of its own, as many as it takes: no page lies beyond an edge. */}
      <nav
        aria-label="Pages"
        className="order-last flex min-w-0 basis-full flex-wrap gap-0.5 md:order-none md:basis-auto md:flex-col md:flex-nowrap md:overflow-y-auto"
      >
        {NAV_ITEMS.map((item) => {
          const isHere = isAt(item.href, pathname)
          return (
            <Link
              key={item.href}
              href={item.href}
              aria-current={isHere ? 'page' : undefined}
              className={clsx(
                'flex items-center justify-between gap-2 rounded-md px-2 py-[5px]',
                isHere ? 'bg-wait-bg font-medium text-ink' : 'text-ink-2 hover:bg-wait-bg',
              )}
            >
              {item.label}
              <span className="font-normal text-ink-3 max-md:hidden">{counts[item.href]}</span>
            </Link>
          )
        })}
      </nav>
      <Account />
    </aside>
  )
}

function isAt(href: string, pathname: string): boolean {
  return pathname === href || (href !== '/' && pathname.startsWith(`${href}/`))
}
