import type { Host } from '../host'
import { digestOf } from '../plan/plan'
import type { RequestParams } from '../protocol'
import type { Say } from '../say'

type Params = RequestParams['convert']

/** True when the item is the one the digest is of; else the request is answered as a bad one. */
export async function isTheItem(
  host: Host,
  { item, digest }: Pick<Params, 'item' | 'digest'>,
  say: Say,
): Promise<boolean> {
  if ((await digestOf(host, item)) === digest) return true
  const message = 'The digest is not that of the item.'
  const next = 'Send the item exactly as it was planned.'
  await say({ type: 'error', code: 'bad_request', message, next })
  return false
}
