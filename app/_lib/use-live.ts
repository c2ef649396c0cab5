'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { openEventStream } from './event-stream'
import { LiveBuffer } from './live-buffer'
import { tellLiveState } from './live-state'
import { type LiveState, shareLiveStream } from './live-stream'
import { paced } from './paced'
import { readAgain } from './read-again'
import { useTRPC } from './trpc'

/** The list of all hosts is megabytes in a large fleet: it is read again at most this often. */
const LIST_EVERY_MS = 2_000
/** Tabs share the six connections of a browser: where lists come slowly, what a run tells must get a turn between them. */
const LIST_RESTS = 1
/** What a page of a running rollout shows is read this often at most: nobody reads faster. */
const RUN_EVERY_MS = 250
/** The list of runs is a page of rows, each joined to its host: asked again while the last answer is on its way, none would come. */
const JOBS_EVERY_MS = 500
/** The rest that is asked of a rollout opens every plan of it: it may take a fifth of the server's time, no more. */
const ROLLOUT_EVERY_MS = 1_500
const ROLLOUT_RESTS = 4

/** Keeps every query on the page as fresh as the stream says; returns the stream's state for the banner. */
export function useLive(): LiveState {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')

  useEffect(() => {
    const refresh = (queryKey: readonly unknown[]) => void readAgain(queries, { queryKey })
    const lists = paced(
      LIST_EVERY_MS,
      () =>
        Promise.all(
          [trpc.hosts.list, trpc.hosts.summary, trpc.rollouts.list, trpc.audit.list].map((list) =>
            readAgain(queries, { queryKey: list.queryKey() }),
          ),
        ),
      LIST_RESTS,
    )
    const jobs = paced(JOBS_EVERY_MS, () => readAgain(queries, { queryKey: trpc.jobs.list.queryKey() }))
    const movedRollouts = new Set<string>()
    const rollouts = paced(
      ROLLOUT_EVERY_MS,
      () => {
        const moved = new Set(movedRollouts)
        movedRollouts.clear()
        // Everything that is read of one rollout, whatever else was asked with it, stands under its id.
        return readAgain(queries, { predicate: ({ queryKey }) => isOfRollout(queryKey, moved) })
      },
      ROLLOUT_RESTS,
    )
    const runs = paced(RUN_EVERY_MS, () =>
      readAgain(queries, { predicate: ({ queryKey }) => isOfRun(queryKey) }),
    )
    const buffer = new LiveBuffer(
      (batch) => {
        if (batch.everything) return void readAgain(queries)
        for (const hostId of batch.hosts) {
          refresh(trpc.hosts.get.queryKey({ hostId }))
          refresh(trpc.floors.host.queryKey({ hostId }))
          refresh(trpc.kernelPolicy.host.queryKey({ hostId }))
        }
        for (const jobId of batch.jobs) refresh(trpc.jobs.get.queryKey({ jobId }))
        for (const planId of batch.plans) refresh(trpc.plans.get.queryKey({ planId }))
        if (batch.jobs.size > 0) jobs.ask()
        if (batch.fleet)
          for (const key of [trpc.fleet.stop.queryKey(), trpc.floors.pathKey(), trpc.healthPolicy.pathKey()])
            refresh(key)
        // Somebody's role or account may have changed: one's own, or those on the page of people.
        if (batch.fleet)
          for (const path of [trpc.session, trpc.people, trpc.approvals]) refresh(path.pathKey())
        for (const rolloutId of batch.rollouts) movedRollouts.add(rolloutId)
        if (batch.rollouts.size > 0) rollouts.ask()
        // Jobs do not say which rollout is theirs; a page shows one at most.
        if (batch.jobs.size + batch.rollouts.size > 0 || batch.fleet) runs.ask()
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
        tellLiveState(next)
        // What happened while nobody listened is unknown: everything on the page is read again.
        if (next === 'live' && wasLost) void readAgain(queries)
        wasLost = next === 'lost'
      },
      open: openEventStream,
    })
    return () => {
      stop()
      buffer.stop()
      document.removeEventListener('visibilitychange', onVisible)
      lists.stop()
      jobs.stop()
      rollouts.stop()
      runs.stop()
    }
  }, [queries, trpc])

  return state
}

/** What is read again while a rollout runs, each of it quickly. */
const RUN_PATHS: ReadonlySet<unknown> = new Set(['progress', 'rows', 'hostRun'])

function isOfRun([path]: readonly unknown[]): boolean {
  return Array.isArray(path) && path[0] === 'rollouts' && RUN_PATHS.has(path[1])
}

/** True for `rollouts.get`, `rollouts.items` and whatever else is asked with one of these ids. */
function isOfRollout(queryKey: readonly unknown[], rolloutIds: ReadonlySet<string>): boolean {
  const [path, options] = queryKey
  if (!Array.isArray(path) || path[0] !== 'rollouts' || isOfRun(queryKey)) return false
  if (typeof options !== 'object' || options === null || !('input' in options)) return false
  const { input } = options
  if (typeof input !== 'object' || input === null || !('rolloutId' in input)) return false
  return typeof input.rolloutId === 'string' && rolloutIds.has(input.rolloutId)
}
