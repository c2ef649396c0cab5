import { createHash } from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { errorCode } from './launch-error'
import { waitFor } from './wait'

export interface Lock {
  release(): Promise<void>
}

export interface Held {
  /** What the holder says about itself, empty when it says nothing. */
  readonly holder: string
}

/**
 * One holder at a time for `folder` and `purpose`, on this machine. The kernel frees it with the holder, even after
 * kill -9: no stale lock files. Returns the lock, or who holds it.
 */
export async function tryLock(folder: string, purpose: string, about: () => string): Promise<Lock | Held> {
  const address = lockAddress(folder, purpose)
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.end(about())
  })
  for (let attempt = 0; ; attempt += 1) {
    const taken = await listen(server, address)
    if (!taken) return { release: () => new Promise((resolve) => server.close(() => resolve())) }
    const holder = await askHolder(address)
    if (holder !== undefined) return { holder }
    // Nobody answers. A socket file outlives its holder where names are files; an abstract name cannot.
    if (!address.startsWith('\0')) fs.rmSync(address, { force: true })
    if (attempt >= 20) return { holder: '' }
  }
}

/** Waits for the lock. */
export async function waitForLock(folder: string, purpose: string, signal: AbortSignal): Promise<Lock> {
  const lock = await waitFor(
    async () => {
      const outcome = await tryLock(folder, purpose, () => '')
      return 'release' in outcome ? outcome : undefined
    },
    { withinMs: 15 * 60_000, everyMs: 200, signal },
  )
  if (lock === undefined)
    throw new Error(`another process has been at work in ${folder} for 15 minutes (${purpose})`)
  return lock
}

/** By the folder's identity, not its spelling: two paths to one folder are one lock. */
function lockAddress(folder: string, purpose: string): string {
  const { dev, ino } = fs.statSync(folder, { bigint: true })
  const name = createHash('sha256').update(`${dev}:${ino}:${purpose}`).digest('hex').slice(0, 32)
  return process.platform === 'linux' ? `\0daxfleet-${name}` : path.join(os.tmpdir(), `daxfleet-${name}.sock`)
}

/** True when the address is taken. */
function listen(server: net.Server, address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      if (errorCode(error) === 'EADDRINUSE') resolve(true)
      else reject(error)
    }
    server.once('error', fail)
    server.listen(address, () => {
      server.off('error', fail)
      server.unref()
      resolve(false)
    })
  })
}

function askHolder(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect(address)
    let text = ''
    socket.setEncoding('utf8')
    socket.setTimeout(10_000, () => socket.destroy())
    socket.on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('error', (error) => resolve(errorCode(error) === 'ECONNREFUSED' ? undefined : text))
    socket.on('close', () => resolve(text))
  })
}
