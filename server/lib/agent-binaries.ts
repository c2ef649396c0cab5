import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { type Config, config } from './config'

const binarySchema = z.object({
  path: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.number().int().positive(),
})

/** What the launcher built: a static agent an architecture (Node's words: x64, arm64), named by its digest. */
export const agentBinariesSchema = z.object({
  /** Hash of the sources they were built from. */
  sources: z.string(),
  agents: z.object({ x64: binarySchema.optional(), arm64: binarySchema.optional() }),
})
export type AgentBinaries = z.infer<typeof agentBinariesSchema>
export type AgentArchitecture = keyof AgentBinaries['agents']

/** Where the launcher lists the agents it built. */
export function agentBinariesFile(settings: Pick<Config, 'cacheDir'> = config()): string {
  return path.join(settings.cacheDir, 'agent', 'built.json')
}

/** The agents that can be uploaded to hosts now. Throws when none was ever built. */
export function readAgentBinaries(settings: Pick<Config, 'cacheDir'> = config()): AgentBinaries['agents'] {
  const file = agentBinariesFile(settings)
  try {
    return agentBinariesSchema.parse(JSON.parse(fs.readFileSync(file, 'utf8'))).agents
  } catch (error) {
    throw new Error(`No agent to upload: ${file} cannot be read. npm start builds the agents.`, {
      cause: error,
    })
  }
}
