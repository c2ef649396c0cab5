import type { Host } from '../host'
import { errnoName } from '../lib/errno'
import type { Refusal, RequestParams } from '../protocol'
import { readAutoOnlinePolicy } from '../read/auto-online'
import { readBootId } from '../read/identity'
import type { Say } from '../say'
import { policyWrite } from './child'
import { takeHost } from './hold'

const SLOW_MS = 30_000
const EINTR = 4

/** Under the lock: is it still what somebody saw when they asked for the change? */
async function changed(
  host: Host,
  { bootId, from, to }: RequestParams['policy'],
  now: string,
): Promise<Refusal | null> {
  const next = 'Look at the host again, then decide anew.'
  if ((await readBootId(host)) !== bootId)
    return { code: 'rebooted', message: 'The host was restarted since it was read.', next }
  if (now === 'unknown') {
    const message = 'This kernel has no auto_online_blocks: its policy cannot be read or changed.'
    return { code: 'unsupported', message, next: 'Nothing to do here.' }
  }
  if (now === from || now === to) return null
  return { code: 'plan_changed', message: `auto_online_blocks reads ${now} now, not ${from}.`, next }
}

/**
 * The one change of the kernel's own policy, asked for by name: under lock and token, one write, read back. It is no job:
 * a single write that is whole or not at all, which a second look tells. It holds until the host restarts.
 */
export async function changePolicy(host: Host, params: RequestParams['policy'], say: Say): Promise<void> {
  const held = await takeHost(host, '', params.token, 'now')
  if ('refusal' in held) return void (await say({ type: 'refused', refusal: held.refusal }))
  if ('heldBy' in held) return void (await say({ type: 'held', jobId: held.heldBy }))
  const before = await readAutoOnlinePolicy(host)
  const refusal = await changed(host, params, before)
  if (refusal !== null) return void (await say({ type: 'refused', refusal }))
  let errno = 0
  if (before !== params.to) {
    const limits = { slowAfterMs: SLOW_MS, onSlow: async () => {} }
    const report = await host.writeApart(policyWrite(params.to), async () => {}, limits)
    errno = report === null ? EINTR : (report.failures[0]?.[1] ?? 0)
  }
  const after = await readAutoOnlinePolicy(host)
  await say({ type: 'policy', before, after, errnoName: errno === 0 ? null : errnoName(errno) })
}
