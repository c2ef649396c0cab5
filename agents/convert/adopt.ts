import type { Handle, Host } from '../host'
import { canonicalJson } from '../lib/canonical'
import type { RecordedToken, RequestParams } from '../protocol'
import { isPrivileged } from '../read/identity'
import type { Say } from '../say'
import { lockHolder, takeLock } from './lock'
import { ensureFolders } from './state'
import { readToken, settleToken, writeToken } from './token'
import { noJournal } from './unrecorded'

const shown = (record: RecordedToken) =>
  record === 'unreadable'
    ? 'no readable token'
    : `installation ${record.installationId}, epoch ${record.epoch}`

/**
 * Gives the host to another installation, under the lock. `from` is what the operator saw: if the record has changed
 * since, somebody else acts here, and nothing is replaced.
 */
export async function adopt(host: Host, { token, from }: RequestParams['adopt'], say: Say): Promise<void> {
  if (!(await isPrivileged(host))) {
    const next = 'Run the agent as root or with sudo -n.'
    await say({ type: 'refused', refusal: { code: 'not_root', message: 'Adopting takes root.', next } })
    return
  }
  let lock: Handle | null
  try {
    await ensureFolders(host)
    lock = await takeLock(host, '')
    if (lock === null) {
      await say({ type: 'held', jobId: await lockHolder(host) })
      return
    }
    const record = await readToken(host)
    const isOurs =
      record !== null && record !== 'unreadable' && canonicalJson(record) === canonicalJson(token)
    if (record !== null && !isOurs && canonicalJson(record) !== canonicalJson(from)) {
      const message = `The host's record is ${shown(record)} now, and was ${shown(from)} when it was looked at.`
      const next = 'Probe the host, and see who else acts on it.'
      await say({ type: 'refused', refusal: { code: 'other_installation', message, next } })
      return
    }
    await writeToken(host, token)
    await settleToken(host)
  } catch (error) {
    await say({ type: 'refused', refusal: noJournal(error) })
    return
  }
  await say({ type: 'adopted' })
}
