'use client'

import dynamic from 'next/dynamic'
import { type ReactNode, useEffect, useState } from 'react'
import { useHotkeys } from '@/app/_lib/use-hotkeys'
import { useLive } from '@/app/_lib/use-live'
import { ConnectionBanner } from './connection-banner'
import { Header } from './header'
import { Sidebar } from './sidebar'
import { StopBanner } from './stop-banner'

// Opened by a person, if at all: no page waits for them when it opens.
const parts = {
  palette: () => import('./palette'),
  keys: () => import('./key-list'),
  stop: () => import('./stop-dialog'),
}
const Palette = dynamic(() => parts.palette().then((part) => part.Palette), { ssr: false })
const KeyList = dynamic(() => parts.keys().then((part) => part.KeyList), { ssr: false })
const StopDialog = dynamic(() => parts.stop().then((part) => part.StopDialog), { ssr: false })

const FETCH_AFTER_MS = 1_000

export type ShellDialog = 'palette' | 'keys' | 'stop' | 'release' | null

/** What stands on every page: where one is, what is going on, and the way to stop it. */
export function Shell({ children }: { children: ReactNode }) {
  const live = useLive()
  const [dialog, setDialog] = useState<ShellDialog>(null)
  const close = () => setDialog(null)
  // Fetched once the page stands: the button that stops the fleet must open without the server that may be away by then.
  useEffect(() => {
    const fetched = window.setTimeout(() => {
      for (const part of Object.values(parts)) part().catch(() => {})
    }, FETCH_AFTER_MS)
    return () => window.clearTimeout(fetched)
  }, [])
  const openPalette = (event: KeyboardEvent) => {
    event.preventDefault()
    setDialog('palette')
  }
  useHotkeys({ '/': openPalette, 'mod+k': openPalette, '?': () => setDialog('keys') })

  return (
    <div className="grid min-h-dvh grid-cols-[minmax(0,1fr)] grid-rows-[auto_1fr] md:grid-cols-[208px_minmax(0,1fr)] md:grid-rows-1">
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-accent px-3 py-1 font-medium text-accent-ink focus:translate-y-0"
      >
        Skip to content
      </a>
      <Sidebar />
      <div className="grid min-w-0 content-start">
        <Header onOpen={setDialog} />
        <StopBanner onRelease={() => setDialog('release')} />
        <ConnectionBanner state={live} />
        <main
          id="content"
          tabIndex={-1}
          className="grid min-w-0 content-start gap-4 px-4 pt-[18px] pb-7 outline-none sm:px-5"
        >
          {children}
        </main>
      </div>
      {dialog === 'palette' ? <Palette onClose={close} onOpen={setDialog} /> : null}
      {dialog === 'keys' ? <KeyList onClose={close} /> : null}
      {dialog === 'stop' || dialog === 'release' ? (
        <StopDialog pull={dialog === 'stop'} onClose={close} />
      ) : null}
    </div>
  )
}
