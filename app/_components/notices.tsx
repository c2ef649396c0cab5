'use client'

import { X } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { dismiss, noticeStore } from '@/app/_lib/notify'
import { Glyph } from './state-pill'

export function Notices() {
  const notices = useSyncExternalStore(noticeStore.subscribe, noticeStore.read, noticeStore.read)
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed right-4 bottom-4 z-50 grid w-[min(380px,calc(100vw-32px))] gap-2"
    >
      {notices.map((notice) => (
        <div
          key={notice.id}
          className="pointer-events-auto flex gap-2 rounded-lg border border-line-strong bg-raised p-3 shadow-float"
        >
          <Glyph tone={notice.tone} className="mt-[5px]" />
          <div className="min-w-0 flex-1">
            <p className="font-medium break-words">{notice.message}</p>
            {notice.next ? <p className="text-ink-2 break-words">{notice.next}</p> : null}
          </div>
          <button
            type="button"
            aria-label="Dismiss"
            onClick={() => dismiss(notice.id)}
            className="self-start rounded-sm p-0.5 text-ink-3 hover:text-ink"
          >
            <X size={14} aria-hidden="true" />
          </button>
        </div>
      ))}
    </div>
  )
}
