'use client'

import { useQuery } from '@tanstack/react-query'
import { signOut } from '@/app/_lib/sign-out'
import { useTRPC } from '@/app/_lib/trpc'
import { ThemeSwitch } from './theme-switch'

export function Account() {
  const trpc = useTRPC()
  const { data: me } = useQuery(trpc.session.me.queryOptions())
  return (
    <div className="ml-auto flex shrink-0 items-center gap-2 max-sm:gap-1.5 md:mt-auto md:ml-0 md:grid md:grid-cols-1 md:gap-1.5 md:px-2">
      <ThemeSwitch />
      <div className="flex min-w-0 items-center gap-2 text-ink-3 text-xs max-md:order-first">
        <span className="min-w-0 flex-1 truncate max-md:hidden" title={me?.email}>
          {me?.email}
        </span>
        {me ? (
          <button
            type="button"
            onClick={() => void signOut()}
            className="rounded-sm whitespace-nowrap hover:text-ink"
          >
            Sign out
          </button>
        ) : null}
      </div>
    </div>
  )
}
