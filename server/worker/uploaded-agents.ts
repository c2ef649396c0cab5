import type pg from 'pg'
import { type AgentBinaries, readAgentBinaries } from '@/server/lib/agent-binaries'
import type { Config } from '@/server/lib/config'
import { noteReleases } from '@/server/privileges/releases'
import { type Log, textOf } from './log'

/**
 * Gives the agents that were built, read anew each time (one built later needs no restart), and writes down those that
 * were not there the last time: lines for sudo name them. Throws when none was ever built.
 */
export function uploadedAgents(
  pool: pg.Pool,
  settings: Pick<Config, 'cacheDir'>,
  log: Log,
): () => Promise<AgentBinaries['agents']> {
  let noted = ''
  return async () => {
    const agents = readAgentBinaries(settings)
    const digests = Object.values(agents)
      .map((agent) => agent?.sha256)
      .join()
    if (digests !== noted) {
      noted = digests
      await noteReleases(pool, agents).catch((error: unknown) => {
        noted = ''
        log('warn', 'which agents are uploaded is not noted', { why: textOf(error) })
      })
    }
    return agents
  }
}
