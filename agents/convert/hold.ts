import type { Handle, Host } from '../host'
import type { FencingToken, Refusal } from '../protocol'
import { isPrivileged } from '../read/identity'
import { lockHolder, takeLock } from './lock'
import { ensureFolders } from './state'
import { recordToken, settleToken } from './token'
import { noJournal } from './unrecorded'

export type Held = { lock: Handle } | { heldBy: string } | { refusal: Refusal }

/**
 * Takes the host for one asker: root, the folders, the lock, and the token recorded durably while the lock is held.
 * Without a token nobody is kept out but by the lock: the host itself asks, as it starts.
 * From then on whoever comes with an older token is refused. Anything short of all four lets go again. Who settles the
 * token later must do so before it acts, or tells what it decided: the journal's first sync does.
 */
export async function takeHost(
  host: Host,
  jobId: string,
  token: FencingToken | null,
  settle: 'now' | 'later',
): Promise<Held> {
  if (!(await isPrivileged(host))) {
    const next = 'Run the agent as root or with sudo -n.'
    return { refusal: { code: 'not_root', message: 'This takes root.', next } }
  }
  let lock: Handle | null = null
  try {
    await ensureFolders(host)
    lock = await takeLock(host, jobId)
    if (lock === null) return { heldBy: await lockHolder(host) }
    const refusal = token === null ? null : await recordToken(host, token)
    if (refusal === null) {
      if (settle === 'now' && token !== null) await settleToken(host)
      return { lock }
    }
    await host.close(lock)
    return { refusal }
  } catch (error) {
    if (lock !== null) await host.close(lock)
    return { refusal: noJournal(error) }
  }
}
