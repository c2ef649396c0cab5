import { readFile, rm, writeFile } from 'node:fs/promises'

export interface LockOptions {
  timeoutMs: number
  signal?: AbortSignal | undefined
}

/**
 * Runs `work` while no other process holds the lock file. A holder that died is noticed by its pid and start time
 * (a pid alone may have been given to somebody else). Throws when the lock is not free in time.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + options.timeoutMs
  const mine = `${process.pid} ${await startTime(process.pid)} ${Math.random()}`
  for (;;) {
    options.signal?.throwIfAborted()
    const taken = await create(path, mine)
    if (taken) break
    await removeIfDead(path)
    if (Date.now() > deadline) throw new Error(`${path} is still held by process ${await holder(path)}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function create(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function removeIfDead(path: string): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => '')
  const [pid, started] = before.split(' ')
  if (pid === undefined || started === undefined) return // being written right now, or just released
  if ((await startTime(Number(pid))) === started) return
  const after = await readFile(path, 'utf8').catch(() => '')
  if (after === before) await rm(path, { force: true })
}

async function holder(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => 'unknown')).split(' ')[0] ?? 'unknown'
}

/** Field 22 of /proc/PID/stat: clock ticks since boot; "gone" when there is no such process. */
async function startTime(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The name in parentheses may hold spaces and parentheses itself.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'gone'
}
