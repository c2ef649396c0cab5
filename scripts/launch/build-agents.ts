import fs from 'node:fs'
import path from 'node:path'
import {
  type AgentArchitecture,
  type AgentBinaries,
  agentBinariesFile,
  agentBinariesSchema,
} from '@/server/lib/agent-binaries'
import { contentHash } from './content-hash'
import { errorText, LaunchError } from './launch-error'

const ARCHITECTURES: readonly AgentArchitecture[] = ['x64', 'arm64']

/**
 * Builds the agent for every architecture this machine can build for, unless it was built from the very same
 * sources, and lists the result where the worker looks. No agent at all is refused; a missing second one is said.
 */
export async function buildAgents(
  root: string,
  cacheDir: string,
  { say, signal }: { say: (line: string) => void; signal: AbortSignal },
): Promise<AgentBinaries> {
  const file = agentBinariesFile({ cacheDir })
  const sources = contentHash(root, ['agents', 'scripts/agent'])
  const known = readBuilt(file)
  if (known?.sources === sources) return known
  say('Building the agent (one to three minutes the first time, a second after that)...')
  // Loaded only when there is something to build: a start that builds nothing is to be quick.
  const { buildAgent } = await import('../agent/build')
  const agents: AgentBinaries['agents'] = {}
  const failures: string[] = []
  for (const arch of ARCHITECTURES) {
    try {
      agents[arch] = await buildAgent({ arch, cacheDir: path.dirname(file), signal })
    } catch (error) {
      signal.throwIfAborted()
      failures.push(`${arch}: ${errorText(error)}`)
    }
  }
  if (Object.keys(agents).length === 0) throw new LaunchError(`The agent could not be built. ${failures[0]}`)
  for (const failure of failures) say(`No agent for ${failure}`)
  const built = { sources, agents }
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(`${file}.${process.pid}`, JSON.stringify(built, null, 2))
  fs.renameSync(`${file}.${process.pid}`, file)
  return built
}

function readBuilt(file: string): AgentBinaries | undefined {
  try {
    const built = agentBinariesSchema.parse(JSON.parse(fs.readFileSync(file, 'utf8')))
    const there = Object.values(built.agents).every(
      (agent) => agent === undefined || fs.existsSync(agent.path),
    )
    return there ? built : undefined
  } catch {
    return undefined
  }
}
