import { spawn } from 'node:child_process'
import { deadlineSignal } from '@/server/lib/deadline'
import { endGroup } from './processes'

const KEPT_CHARACTERS = 20_000

/** A step of building failed; the message ends with the last lines it printed. */
export class StepError extends Error {
  override readonly name = 'StepError'
}

/** Runs a Node program to its end, quietly; throws StepError with what it printed when it fails. */
export async function runNode(
  what: string,
  args: readonly string[],
  {
    cwd,
    env = {},
    signal,
    withinMs,
  }: { cwd: string; env?: Record<string, string>; signal: AbortSignal; withinMs: number },
): Promise<void> {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let printed = ''
  const keep = (chunk: Buffer) => {
    printed = (printed + chunk.toString('utf8')).slice(-KEPT_CHARACTERS)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const limit = deadlineSignal(withinMs, signal)
  const end = () => {
    if (child.pid !== undefined) endGroup(child.pid)
  }
  limit.addEventListener('abort', end, { once: true })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  limit.removeEventListener('abort', end)
  signal.throwIfAborted()
  if (code === 0) return
  const why = limit.aborted ? `took more than ${Math.round(withinMs / 1000)} s` : `ended with status ${code}`
  throw new StepError(`${what} ${why}:\n${printed.trim().split('\n').slice(-25).join('\n')}`)
}
