import type { Host } from '../host'
import type { RequestParams } from '../protocol'
import { readHost } from '../read/inspect'
import type { Say } from '../say'
import { takeHost } from './hold'
import { releaseLeftIds } from './left-ids'

/**
 * What any probe that decides something must do first: hold the lock, record the token, then read. After `fenced`
 * no agent with an older token can act, so what was read is what stays.
 */
export async function fence(host: Host, { token }: RequestParams['fence'], say: Say): Promise<void> {
  const held = await takeHost(host, '', token, 'now')
  if ('refusal' in held) await say({ type: 'refused', refusal: held.refusal })
  else if ('heldBy' in held) await say({ type: 'held', jobId: held.heldBy })
  else {
    await releaseLeftIds(host)
    await say({ type: 'fenced', inspection: (await readHost(host)).inspection })
  }
}
