import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { waitFor } from './wait'

/** True while `pid` runs. A zombie has ended: where PID 1 does not reap, an orphan stays one for ever. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it exists, it is only not ours to signal.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  try {
    return !/^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return process.platform !== 'linux'
  }
}

/** The command line of `pid` as one line, or undefined when it is gone or not ours to see. */
export function commandLine(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    }
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], {
      encoding: 'utf8',
      timeout: 5000,
    }).trim()
  } catch {
    return undefined
  }
}

/**
 * Sends the signals one after the other, each only when the process outlived the time given to the one before.
 * True when the process is gone in the end.
 */
export async function endProcess(
  pid: number,
  steps: readonly { signal: NodeJS.Signals; graceMs: number }[],
): Promise<boolean> {
  for (const { signal, graceMs } of steps) {
    if (!isAlive(pid)) return true
    try {
      process.kill(pid, signal)
    } catch {
      return !isAlive(pid)
    }
    const gone = await waitFor(() => (isAlive(pid) ? undefined : true), { withinMs: graceMs, everyMs: 20 })
    if (gone) return true
  }
  return !isAlive(pid)
}

/** Kills what is left of the process group that `leader` began. */
export function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // nobody is left in it
  }
}
