import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError, config } from '@/server/lib/config'
import { pool } from '@/server/lib/pg'
import { noteReleases } from '@/server/privileges/releases'
import { buildAgents } from './launch/build-agents'

/**
 * `npm run announce-agents`, in the checkout of a newer version while the older one runs: builds its agents and writes
 * down their digests, so that the lines for sudo name both before the first host is asked by the newer one.
 */
async function main(): Promise<void> {
  const root = fileURLToPath(new URL('..', import.meta.url))
  process.chdir(root)
  try {
    process.loadEnvFile(path.resolve('.env'))
  } catch {
    // No .env: the defaults, as npm start takes them.
  }
  const { agents } = await buildAgents(root, config().cacheDir, {
    say: console.log,
    signal: AbortSignal.timeout(900_000),
  })
  try {
    await noteReleases(pool(), agents)
    for (const [architecture, agent] of Object.entries(agents))
      console.log(`${architecture}: sha256:${agent?.sha256}`)
    console.log('The lines for sudo on each host’s Access tab name these and the ones before.')
  } finally {
    await pool().end()
  }
}

main().catch((error: unknown) => {
  console.error(
    error instanceof ConfigError
      ? error.message
      : `Nothing was written down; is Daxfleet running? (${error instanceof Error ? error.message : String(error)})`,
  )
  process.exitCode = 1
})
