'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { LiveBuffer } from './live-buffer'
import { type LiveState, shareLiveStream } from './live-stream'
import { useTRPC, useTRPCClient } from './trpc'

/** The list of all hosts is megabytes in a large fleet: it is read again at most this often. */
const LIST_EVERY_MS = 2_000

/** Keeps every query on the page as fresh as the stream says; returns the stream's state for the banner. */
export function useLive(): LiveState {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queries = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')
  const listTimer = useRef<ReturnType<typeof setTimeout> | null>(null)

  useEffect(() => {
    let listReadAt = 0
    const refresh = (queryKey: readonly unknown[]) => void queries.invalidateQueries({ queryKey })
    const refreshLists = () => {
      if (listTimer.current !== null) return
      const wait = Math.max(0, listReadAt + LIST_EVERY_MS - Date.now())
      listTimer.current = setTimeout(() => {
        listTimer.current = null
        listReadAt = Date.now()
        refresh(trpc.hosts.list.queryKey())
        refresh(trpc.hosts.summary.queryKey())
        refresh(trpc.audit.list.queryKey())
      }, wait)
    }
    const buffer = new LiveBuffer(
      (batch) => {
        if (batch.everything) return void queries.invalidateQueries()
        for (const hostId of batch.hosts) refresh(trpc.hosts.get.queryKey({ hostId }))
        for (const jobId of batch.jobs) refresh(trpc.jobs.get.queryKey({ jobId }))
        for (const planId of batch.plans) refresh(trpc.plans.get.queryKey({ planId }))
        if (batch.jobs.size > 0) refresh(trpc.jobs.list.queryKey())
        if (batch.fleet) refresh(trpc.fleet.stop.queryKey())
        if (batch.hosts.size + batch.jobs.size > 0) refreshLists()
      },
      () => document.hidden,
    )
    const onVisible = () => {
      if (!document.hidden) buffer.release()
    }
    document.addEventListener('visibilitychange', onVisible)

    let wasLost = false
    const stop = shareLiveStream({
      onEvent: (event) => buffer.add(event),
      onState: (next) => {
        setState(next)
        // What happened while nobody listened is unknown: everything on the page is read again.
        if (next === 'live' && wasLost) void queries.invalidateQueries()
        wasLost = next === 'lost'
      },
      open: (onEvent, onState) => {
        const subscription = client.events.stream.subscribe(undefined, {
          onData: (message) => onEvent(message.data),
          onError: () => onState('lost'),
          onStopped: () => onState('lost'),
          onConnectionStateChange: ({ state: connection, error }) => {
            if (connection === 'pending') onState('live')
            else if (connection === 'connecting' && error) onState('lost')
          },
        })
        return () => subscription.unsubscribe()
      },
    })
    return () => {
      stop()
      buffer.stop()
      document.removeEventListener('visibilitychange', onVisible)
      if (listTimer.current !== null) clearTimeout(listTimer.current)
      listTimer.current = null
    }
  }, [client, queries, trpc])

  return state
}
