'use client'

import { createTRPCClient, httpLink, splitLink, TRPCClientError } from '@trpc/client'
import type { inferRouterOutputs } from '@trpc/server'
import { createTRPCContext } from '@trpc/tanstack-react-query'
import superjson from 'superjson'
import type { AppRouter } from '@/server/trpc/root'
import { shareAnswers } from './share-answers'

export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>()
export type Outputs = inferRouterOutputs<AppRouter>

const URL = '/api/trpc'

/** A list of ten thousand names does not fit an address: these are asked by POST. */
const LONG_QUESTIONS: ReadonlySet<string> = new Set(['rollouts.preview'])

/**
 * What every page asks: tabs ask it once for all. The rest is of one page, and would only wait for a tab that shows the same.
 */
const EVERY_PAGE_ASKS: ReadonlySet<string> = new Set([
  'hosts.summary',
  'rollouts.list',
  'approvals.list',
  'fleet.stop',
  'session.me',
])

/**
 * One request a call: a slow list must not hold back the small answers it would be batched with. The one subscription
 * there is needs no link of its own (event-stream.ts).
 */
export function createClient() {
  const shared = shareAnswers((url, init) => globalThis.fetch(url, init))
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ path }) => LONG_QUESTIONS.has(path),
        true: httpLink({ url: URL, transformer: superjson, methodOverride: 'POST' }),
        false: splitLink({
          condition: ({ path }) => EVERY_PAGE_ASKS.has(path),
          true: httpLink({
            url: URL,
            transformer: superjson,
            fetch: (url, init) => shared(String(url), init as RequestInit | undefined),
          }),
          false: httpLink({ url: URL, transformer: superjson }),
        }),
      }),
    ],
  })
}

/** True when the server says the session is over or never was. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof TRPCClientError && error.data?.code === 'UNAUTHORIZED'
}

export interface Fault {
  message: string
  next: string
}

/** What to tell a person about a failed call: what happened, and the one next action. */
export function describeFault(error: unknown): Fault {
  if (!(error instanceof TRPCClientError)) {
    return { message: 'The page ran into a fault of its own.', next: 'Reload the page.' }
  }
  const data: unknown = error.data
  if (data === undefined || data === null) {
    return {
      message: 'The Daxfleet server does not answer.',
      next: 'Check that it is running and that this computer can reach it; the page tries again by itself.',
    }
  }
  return { message: error.message, next: nextOf(data) }
}

function nextOf(data: unknown): string {
  if (typeof data === 'object' && data !== null && 'next' in data && typeof data.next === 'string')
    return data.next
  return 'Try again; if it stays so, look at the log of the web server.'
}
