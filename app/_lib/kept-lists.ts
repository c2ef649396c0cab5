import type { Route } from 'next'
import type { RolloutKind } from '@/server/plans/vocabulary'

const PREFIX = 'daxfleet-targets:'

/** Addresses beyond this are refused by servers and proxies on the way. */
const ADDRESS_CHARACTERS = 4_000

/** True while a selector can be part of an address. */
export function fitsAddress(text: string): boolean {
  return encodeURIComponent(text).length <= ADDRESS_CHARACTERS
}

/** Where a rollout over these targets is made: the selector in the address, or kept in this tab when it is too long. */
export function newRolloutPath(selector: string, kind: RolloutKind = 'convert'): Route {
  const does = kind === 'convert' ? '' : `&kind=${kind}`
  if (fitsAddress(selector)) return `/rollouts/new?targets=${encodeURIComponent(selector)}${does}` as Route
  // No crypto.randomUUID: a page over plain http has none.
  const key = `${Date.now()}`
  sessionStorage.setItem(PREFIX + key, selector)
  return `/rollouts/new?list=${key}${does}` as Route
}

/** Null when this tab never had it: the address came from elsewhere. */
export function keptList(key: string): string | null {
  return sessionStorage.getItem(PREFIX + key)
}

/** A fixed list, said as a selector. */
export function namesSelector(names: readonly string[]): string {
  return `host:${names.join(',')}`
}
