import { spawn } from 'node:child_process'

export interface ChildOptions {
  /** The child is killed when this many milliseconds have passed. */
  timeoutMs: number
  signal?: AbortSignal | undefined
  cwd?: string | undefined
  env?: NodeJS.ProcessEnv | undefined
  /** Text for the child's stdin; without it stdin is empty. */
  stdin?: string | undefined
}

export interface ChildResult {
  status: number
  stdout: string
  stderr: string
}

/** A child that could not be started, ran out of time, was aborted, or (from `runOrThrow`) failed. */
export class ChildError extends Error {
  override readonly name = 'ChildError'
  constructor(
    message: string,
    readonly stderr = '',
  ) {
    super(message)
  }
}

/** More than this from one child is a fault, not an answer. */
const outputLimitBytes = 32 * 1024 * 1024

/** Runs a program without a shell and waits for its end. A non-zero status is a result, not an error. */
export function run(command: string, args: readonly string[], options: ChildOptions): Promise<ChildResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      // A group of its own: what is killed goes with what it has started (a compiler's driver with its compiler).
      detached: true,
    })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    let size = 0
    let failure: string | undefined
    const stop = (why: string) => {
      failure ??= why
      if (child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // Gone at this moment.
      }
    }
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length
      if (size > outputLimitBytes) stop('printed more than 32 MiB')
      else into.push(chunk)
    }
    const timer = setTimeout(() => stop(`did not end within ${options.timeoutMs} ms`), options.timeoutMs)
    const onAbort = () => stop('was aborted')
    options.signal?.addEventListener('abort', onAbort, { once: true })
    if (options.signal?.aborted) onAbort()
    const settle = () => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', onAbort)
    }
    child.stdout.on('data', collect(stdout))
    child.stderr.on('data', collect(stderr))
    child.stdin.on('error', () => {}) // a child that never reads its input says so by its status
    child.stdin.end(options.stdin ?? '')
    child.on('error', (error) => {
      settle()
      reject(new ChildError(`${command} could not be started: ${error.message}`))
    })
    child.on('close', (code) => {
      settle()
      const text = { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }
      if (failure !== undefined) reject(new ChildError(`${command} ${failure}`, text.stderr))
      else resolve({ status: code ?? 128, ...text })
    })
  })
}

/** As `run`, but a non-zero status throws ChildError with the last lines the program wrote. */
export async function runOrThrow(
  command: string,
  args: readonly string[],
  options: ChildOptions,
): Promise<string> {
  const result = await run(command, args, options)
  if (result.status === 0) return result.stdout
  const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-5).join('\n')
  throw new ChildError(
    `${command} ${args[0] ?? ''} failed with status ${result.status}: ${said}`,
    result.stderr,
  )
}
