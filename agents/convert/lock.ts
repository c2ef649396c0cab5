import type { Handle, Host } from '../host'
import { readOptional } from '../read/files'
import { LOCK } from './state'

/** A process that ends frees the lock a moment after its last line: so long we wait before we call it locked. */
const PATIENCE_MS = 5_000
const RETRY_MS = 50

/** Takes the host's lock; null when another conversion holds it. Its job is written into the file, for people. */
export async function takeLock(host: Host, jobId: string): Promise<Handle | null> {
  const until = (await host.uptimeMs()) + PATIENCE_MS
  for (;;) {
    const handle = await host.tryLock(LOCK)
    if (handle !== null) {
      await host.writeOnce(LOCK, `${jobId}\n`)
      return handle
    }
    if ((await host.uptimeMs()) >= until) return null
    await host.sleep(RETRY_MS)
  }
}

/** The job that last took the lock. Longer names before it may leave a rest on later lines. */
export async function lockHolder(host: Host): Promise<string> {
  return ((await readOptional(host, LOCK)) ?? '').split('\n')[0] ?? ''
}
