'use client'

import { useQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { useTRPC } from '@/app/_lib/trpc'
import { ActButton } from '../act-button'
import { Button } from '../button'
import { Kbd } from '../kbd'
import type { ShellDialog } from './shell'

export function Header({ onOpen }: { onOpen: (dialog: ShellDialog) => void }) {
  const trpc = useTRPC()
  const { data: stop } = useQuery(trpc.fleet.stop.queryOptions())
  return (
    <header className="sticky top-0 z-20 flex items-center gap-2.5 border-line border-b bg-surface px-4 py-[9px] sm:px-5">
      <button
        type="button"
        onClick={() => onOpen('palette')}
        aria-keyshortcuts="/ Control+K Meta+K"
        className="flex min-w-0 max-w-[460px] flex-1 items-center gap-2 rounded-md border border-line-strong px-2.5 py-1 text-ink-3 hover:border-ink-3"
      >
        <Search size={13} aria-hidden="true" />
        <span className="truncate">Search hosts and actions</span>
        <span className="ml-auto flex gap-1 max-sm:hidden" aria-hidden="true">
          <Kbd>/</Kbd> <Kbd>Ctrl K</Kbd>
        </span>
      </button>
      <div className="ml-auto flex items-center gap-2">
        <Button
          look="quiet"
          aria-label="List of keys"
          onClick={() => onOpen('keys')}
          className="max-sm:hidden"
        >
          <Kbd>?</Kbd>
        </Button>
        {stop?.pulled ? (
          <ActButton does="fleet.releaseStop" look="danger" onClick={() => onOpen('release')}>
            Release stop…
          </ActButton>
        ) : (
          <ActButton does="fleet.pullStop" look="danger" onClick={() => onOpen('stop')}>
            Stop fleet…
          </ActButton>
        )}
      </div>
    </header>
  )
}
