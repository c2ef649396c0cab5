'use client'

import { useSyncExternalStore } from 'react'

/** The token stands in the fragment, which browsers never send: it stays out of logs and referrers. */
function readToken(): string {
  const fragment = window.location.hash.slice(1)
  return new URLSearchParams(fragment).get('token') ?? fragment
}
const noSubscription = () => () => {}

/** The token of the one-time link that led here; empty without one, null before the browser is asked. */
export function useLinkToken(): string | null {
  return useSyncExternalStore(noSubscription, readToken, () => null)
}
