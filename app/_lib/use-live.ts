'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { LiveBuffer } from './live-buffer'
import { type LiveState, shareLiveStream } from './live-stream'
import { paced } from './paced'
import { useTRPC, useTRPCClient } from './trpc'

/** The list of all hosts is megabytes in a large fleet: it is read again at most this often. */
const LIST_EVERY_MS = 2_000
/** Every job of a rollout moves it, and its figures are sums over all of them. */
const ROLLOUT_EVERY_MS = 600

/** Keeps every query on the page as fresh as the stream says; returns the stream's state for the banner. */
export function useLive(): LiveState {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queries = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')

  useEffect(() => {
    const refresh = (queryKey: readonly unknown[]) => void queries.invalidateQueries({ queryKey })
    const lists = paced(LIST_EVERY_MS, () => {
      refresh(trpc.hosts.list.queryKey())
      refresh(trpc.hosts.summary.queryKey())
      refresh(trpc.rollouts.list.queryKey())
      refresh(trpc.audit.list.queryKey())
    })
    const movedRollouts = new Set<string>()
    const rollouts = paced(ROLLOUT_EVERY_MS, () => {
      // Everything that is read of one rollout, whatever else was asked with it, stands under its id.
      void queries.invalidateQueries({ predicate: ({ queryKey }) => isOfRollout(queryKey, movedRollouts) })
      movedRollouts.clear()
    })
    const buffer = new LiveBuffer(
      (batch) => {
        if (batch.everything) return void queries.invalidateQueries()
        for (const hostId of batch.hosts) refresh(trpc.hosts.get.queryKey({ hostId }))
        for (const jobId of batch.jobs) refresh(trpc.jobs.get.queryKey({ jobId }))
        for (const planId of batch.plans) refresh(trpc.plans.get.queryKey({ planId }))
        if (batch.jobs.size > 0) refresh(trpc.jobs.list.queryKey())
        if (batch.fleet) refresh(trpc.fleet.stop.queryKey())
        for (const rolloutId of batch.rollouts) movedRollouts.add(rolloutId)
        if (batch.rollouts.size > 0) rollouts.ask()
        if (batch.hosts.size + batch.jobs.size + batch.rollouts.size > 0) lists.ask()
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
      lists.stop()
      rollouts.stop()
    }
  }, [client, queries, trpc])

  return state
}

/** True for `rollouts.get`, `rollouts.items` and whatever else is asked with one of these ids. */
function isOfRollout([path, options]: readonly unknown[], rolloutIds: ReadonlySet<string>): boolean {
  if (!Array.isArray(path) || path[0] !== 'rollouts') return false
  if (typeof options !== 'object' || options === null || !('input' in options)) return false
  const { input } = options
  if (typeof input !== 'object' || input === null || !('rolloutId' in input)) return false
  return typeof input.rolloutId === 'string' && rolloutIds.has(input.rolloutId)
}
