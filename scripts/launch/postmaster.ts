import fs from 'node:fs'
import path from 'node:path'
import { commandLine, isAlive } from './processes'

/** What a running Postgres wrote about itself in its cluster. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
}

/**
 * The Postgres that runs on `cluster`, or undefined. A number in a file proves nothing: after a crash or a reboot it
 * may be any process, and a stranger must be neither adopted nor stopped.
 */
export function runningPostmaster(cluster: string): Postmaster | undefined {
  const file = path.join(cluster, 'postmaster.pid')
  let lines: string[]
  try {
    lines = fs.readFileSync(file, 'utf8').split('\n')
  } catch {
    return undefined
  }
  const pid = Number(lines[0])
  const port = Number(lines[3])
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return undefined
  if (!isPostgresOf(pid, cluster)) {
    // Postgres itself would believe the number and refuse to start for as long as the stranger lives.
    fs.rmSync(file, { force: true })
    return undefined
  }
  return { pid, port }
}

/** True when `pid` is a Postgres working in `cluster`: it makes its data folder its working folder. */
export function isPostgresOf(pid: number, cluster: string): boolean {
  const command = commandLine(pid)
  if (command === undefined || !/postgres/.test(command)) return false
  if (process.platform !== 'linux') return command.includes(cluster)
  try {
    return fs.readlinkSync(`/proc/${pid}/cwd`) === fs.realpathSync(cluster)
  } catch {
    return false
  }
}

/** The last thing a Postgres that would not start wrote to its log, without date and severity. */
export function lastComplaint(logFile: string, fromByte: number): string | undefined {
  const text = fs.readFileSync(logFile).subarray(fromByte).toString('utf8')
  const complaints = text.split('\n').filter((line) => /(FATAL|PANIC|ERROR|error while loading):/.test(line))
  return complaints.at(-1)?.replace(/^.*?(FATAL|PANIC|ERROR):\s*/, '')
}
