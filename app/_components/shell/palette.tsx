'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import type { Route } from 'next'
import { useRouter } from 'next/navigation'
import { useEffect, useRef, useState } from 'react'
import { hostMark } from '@/app/_lib/states'
import { useTRPC } from '@/app/_lib/trpc'
import { Glyph } from '../state-pill'
import { NAV_ITEMS } from './nav-items'
import type { ShellDialog } from './shell'

const ITEM =
  'flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 data-[selected=true]:bg-wait-bg data-[selected=true]:text-ink text-ink-2'
const GROUP =
  '[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-ink-3'

/** Hosts are looked up on the server as one types; the few actions are matched here. */
export function Palette({ onClose, onOpen }: { onClose: () => void; onOpen: (dialog: ShellDialog) => void }) {
  const trpc = useTRPC()
  const router = useRouter()
  const ref = useRef<HTMLDialogElement>(null)
  const [text, setText] = useState('')
  const { data } = useQuery(
    trpc.hosts.list.queryOptions({ query: text, limit: 12 }, { placeholderData: keepPreviousData }),
  )
  useEffect(() => {
    const before = document.activeElement
    ref.current?.showModal()
    ref.current?.querySelector('input')?.focus()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])

  const go = <R extends string>(href: Route<R>) => {
    onClose()
    router.push(href)
  }
  const matches = (label: string) => label.toLowerCase().includes(text.trim().toLowerCase())
  const actions = [
    ...NAV_ITEMS.map((item) => ({ label: `Go to ${item.label}`, run: () => go(item.href) })),
    { label: 'New rollout', run: () => go('/rollouts/new') },
    { label: 'Add hosts', run: () => go('/hosts/add') },
    { label: 'Stop the fleet', run: () => onOpen('stop') },
    { label: 'List of keys', run: () => onOpen('keys') },
  ].filter((action) => matches(action.label))

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way out, handled by the dialog itself
    <dialog
      ref={ref}
      aria-label="Search hosts and actions"
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose()
      }}
      className="mx-auto mt-[12vh] mb-auto w-[min(560px,calc(100vw-32px))] overflow-hidden rounded-lg border border-line-strong bg-raised p-0 shadow-float"
    >
      <Command label="Search hosts and actions" shouldFilter={false} loop>
        <Command.Input
          autoFocus
          value={text}
          onValueChange={setText}
          placeholder="Host name, address, or what to do"
          className="w-full border-line border-b bg-transparent px-4 py-3 text-lead outline-none"
        />
        <Command.List className="max-h-[50vh] overflow-y-auto p-1.5">
          <Command.Empty className="px-2 py-3 text-ink-3">Nothing is called that.</Command.Empty>
          {data && data.hosts.length > 0 ? (
            <Command.Group heading="Hosts" className={GROUP}>
              {data.hosts.map((host) => (
                <Command.Item
                  key={host.id}
                  value={host.id}
                  onSelect={() => go(`/hosts/${host.id}`)}
                  className={ITEM}
                >
                  <Glyph tone={hostMark(host).tone} />
                  <span className="font-mono text-ink text-xs">{host.name}</span>
                  <span className="ml-auto truncate text-ink-3 text-xs">{hostMark(host).word}</span>
                </Command.Item>
              ))}
            </Command.Group>
          ) : null}
          {actions.length > 0 ? (
            <Command.Group heading="Actions" className={GROUP}>
              {actions.map((action) => (
                <Command.Item key={action.label} value={action.label} onSelect={action.run} className={ITEM}>
                  {action.label}
                </Command.Item>
              ))}
            </Command.Group>
          ) : null}
        </Command.List>
      </Command>
    </dialog>
  )
}
