import type { Host } from '../host'
import type { Refusal, RequestParams } from '../protocol'
import { isPrivileged } from '../read/identity'
import type { Say } from '../say'
import { ensureFolders, JOBS, stopPath } from './state'
import { readToken } from './token'
import { noJournal } from './unrecorded'

async function noteStop(host: Host, { jobId, token }: RequestParams['abort']): Promise<Refusal | null> {
  if (!(await isPrivileged(host))) {
    const next = 'Run the agent as root or with sudo -n.'
    return { code: 'not_root', message: 'Stopping a conversion takes root.', next }
  }
  const known = await readToken(host)
  if (known === 'unreadable' || (known !== null && known.installationId !== token.installationId)) {
    const message = 'Another installation acts on this host.'
    return { code: 'other_installation', message, next: 'Stop the conversion from there.' }
  }
  if (known !== null && BigInt(known.epoch) > BigInt(token.epoch)) {
    const message = `This host has seen epoch ${known.epoch}; the request carries ${token.epoch} and came too late.`
    return { code: 'stale_token', message, next: 'Nothing to do: another worker took this host over.' }
  }
  try {
    await ensureFolders(host)
    await host.close(await host.openAppend(stopPath(jobId), true))
    await host.fsyncDirectory(JOBS)
    return null
  } catch (error) {
    return noJournal(error)
  }
}

/**
 * Asks the acting process to rest at its next safe point. Without the lock, which that process holds: a mark can
 * only make it stop sooner, and a conversion that begins later removes it.
 */
export async function abort(host: Host, params: RequestParams['abort'], say: Say): Promise<void> {
  const refusal = await noteStop(host, params)
  await say(refusal === null ? { type: 'abort_noted' } : { type: 'refused', refusal })
}
