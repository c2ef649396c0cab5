'use client'

import { createTRPCClient, httpLink, splitLink, TRPCClientError } from '@trpc/client'
import type { inferRouterOutputs } from '@trpc/server'
import { createTRPCContext } from '@trpc/tanstack-react-query'
import superjson from 'superjson'
import type { AppRouter } from '@/server/trpc/root'

export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>()
export type Outputs = inferRouterOutputs<AppRouter>

const URL = '/api/trpc'

/** A list of ten thousand names does not fit an address: these are asked by POST. */
const LONG_QUESTIONS: ReadonlySet<string> = new Set(['rollouts.preview'])

/**
 * One request a call: a slow list must not hold back the small answers it would be batched with. The one subscription
 * there is needs no link of its own (event-stream.ts).
 */
export function createClient() {
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => LONG_QUESTIONS.has(operation.path),
        true: httpLink({ url: URL, transformer: superjson, methodOverride: 'POST' }),
        false: httpLink({ url: URL, transformer: superjson }),
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
