import fs from 'node:fs'
import { runningPostmaster } from '@/scripts/launch/postmaster'
import { endProcess } from '@/scripts/launch/processes'

/**
 * Outlives a test run that is killed: when its stdin closes, it ends the run's Postgres and removes the run's
 * folder. Arguments: cluster, folder.
 */
const [cluster = '', folder = ''] = process.argv.slice(2)

process.on('SIGINT', () => {}) // Ctrl-C ends the run; the reaper's work begins then
process.stdin.resume()
process.stdin.once('close', async () => {
  // By its cluster: it may have been started again meanwhile.
  const server = runningPostmaster(cluster)
  if (server !== undefined)
    await endProcess(server.pid, [
      { signal: 'SIGINT', graceMs: 10_000 },
      { signal: 'SIGKILL', graceMs: 5000 },
    ])
  fs.rmSync(folder, { recursive: true, force: true })
  process.exit(0)
})
