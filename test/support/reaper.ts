import fs from 'node:fs'
import { isPostgresOf } from '@/scripts/launch/postmaster'
import { endProcess } from '@/scripts/launch/processes'

/**
 * Outlives a test run that is killed: when its stdin closes, it ends the run's Postgres and removes the run's
 * folder. Arguments: process id, cluster, folder.
 */
const [pidText = '', cluster = '', folder = ''] = process.argv.slice(2)
const pid = Number(pidText)

process.on('SIGINT', () => {}) // Ctrl-C ends the run; the reaper's work begins then
process.stdin.resume()
process.stdin.once('close', async () => {
  if (isPostgresOf(pid, cluster))
    await endProcess(pid, [
      { signal: 'SIGINT', graceMs: 10_000 },
      { signal: 'SIGKILL', graceMs: 5000 },
    ])
  fs.rmSync(folder, { recursive: true, force: true })
  process.exit(0)
})
