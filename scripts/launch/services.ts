import path from 'node:path'
import type { Config } from '@/server/lib/config'
import { bundlePath } from './build-product'
import type { KeptSpec } from './keeper'

interface Common {
  readonly root: string
  readonly settings: Config
  readonly say: (line: string) => void
  readonly onStart: (name: string) => (pid: number) => void
}

/** What every child is told; folders are absolute, so that no child depends on where it was started. */
function childEnv(settings: Config): NodeJS.ProcessEnv {
  return {
    ...process.env,
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    HOST: settings.host,
    PORT: String(settings.port),
    DATA_DIR: settings.dataDir,
    CACHE_DIR: settings.cacheDir,
  }
}

/** The web application, as built, on HOST:PORT. */
export function webService({ root, settings, say, onStart }: Common): KeptSpec {
  const next = path.join(root, 'node_modules', 'next', 'dist', 'bin', 'next')
  const chatter = startChatter()
  return {
    name: 'web',
    args: [next, 'start', '-H', settings.host, '-p', String(settings.port)],
    cwd: root,
    env: childEnv(settings),
    // It holds nothing that could be lost, and open pages would keep it for as long as they stay open.
    graceMs: 2000,
    onLine: (line) => {
      if (!chatter(line)) say(`web: ${line}`)
    },
    isReady: () => answers(settings),
    readyWithinMs: 60_000,
    say,
    onStart: onStart('web'),
  }
}

/** The worker, which does everything that touches hosts. It sends 'ready' once it takes work. */
export function workerService({ root, settings, say, onStart }: Common): KeptSpec {
  let ready = false
  return {
    name: 'worker',
    args: [bundlePath(root, 'worker')],
    cwd: root,
    env: childEnv(settings),
    graceMs: settings.shutdownSeconds * 1000,
    onLine: (line) => say(`worker: ${line}`),
    onMessage: (message) => {
      if (message === 'ready') ready = true
    },
    isReady: () => ready,
    readyWithinMs: 60_000,
    say,
    onStart: onStart('worker'),
  }
}

/** Guests in QEMU, and their registration; sends { ready } with what to tell. */
export function labService(
  { root, settings, say, onStart }: Common,
  onReady: (lines: readonly string[]) => void,
): KeptSpec {
  let ready = false
  return {
    name: 'lab',
    args: ['--import', 'tsx', path.join(root, 'scripts', 'launch', 'demo-lab.ts')],
    cwd: root,
    env: childEnv(settings),
    graceMs: 15_000,
    onLine: (line) => say(`lab: ${line}`),
    onMessage: (message) => {
      if (!Array.isArray(message)) return
      ready = true
      onReady(message.map(String))
    },
    isReady: () => ready,
    // Installing QEMU and building the guests' image come first on a fresh machine.
    readyWithinMs: 45 * 60_000,
    say,
    onStart: onStart('lab'),
  }
}

/** Any answer will do: it serves. */
async function answers({ host, port }: Config): Promise<boolean> {
  const name =
    host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
  try {
    const response = await fetch(`http://${name}:${port}/icon.svg`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(5000),
    })
    await response.body?.cancel()
    return true
  } catch {
    return false
  }
}

/** Next greets with its version and address; we print an address of our own, with the sign-in link. */
function startChatter(): (line: string) => boolean {
  return (line) =>
    /^\s*$|^\s*▲ Next\.js|^\s*- (Local|Network|Experiments|Environments)|✓ (Starting|Ready|Running next\.config)/.test(
      line,
    )
}
